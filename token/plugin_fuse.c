/* The compiler's coverage hook, called at each block of a rule's code. A file of its own, linked with the loader: libFuzzer has the same
 * symbol. */
#include "token/plugin_fuse.h"
#include "token/plugin_host.h"

void __sanitizer_cov_trace_pc(void);

void
__sanitizer_cov_trace_pc(void)
{
	plugin_fuse_burn(__builtin_frame_address(0));
}

void
plugin_fuse_link(void)
{
}
