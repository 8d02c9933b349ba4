#ifndef TALLY_TOKEN_PLUGIN_FUSE_H
#define TALLY_TOKEN_PLUGIN_FUSE_H

/* Does nothing; naming it links the fuse in. A program that loads rules is linked with -rdynamic, so that they find it. */
void plugin_fuse_link(void);

#endif
