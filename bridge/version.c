#include "bridge/version.h"

#include <event2/event.h>
#include <jansson.h>

#include "base/db.h"
#include "base/hash.h"
#include "config.h"

#ifdef HAVE_ELLSWIFT
#define TRANSPORT "v1 and v2 (BIP324)"
#else
#define TRANSPORT "v1"
#endif

void
version_print(const char *program, FILE *to)
{
	fprintf(to, "%s %s\n", program, PACKAGE_VERSION);
	fprintf(to, "libevent %s\n", event_get_version());
	fprintf(to, "SQLite %s\n", db_library_version());
	fprintf(to, "%s\n", hash_library_version());
	fprintf(to, "libsecp256k1 %s\n", SECP256K1_VERSION);
	fprintf(to, "main-chain transport: %s\n", TRANSPORT);
	fprintf(to, "jansson %s\n", jansson_version_str());
}
