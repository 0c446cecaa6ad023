/* hook.h - in testing builds, $YAMORI_TEST_SCANNER makes a scanner process misbehave at the nth
 * file: "crash@3", "hang@3".  Plain builds have nothing of it. */
#ifndef YM_CLI_HOOK_H
#define YM_CLI_HOOK_H

#ifdef YM_TESTING
struct ym_pool_options;
void ym_cli_hook(struct ym_pool_options *o);
#define YM_CLI_HOOK(o) ym_cli_hook(o)
#else
#define YM_CLI_HOOK(o) ((void)(o))
#endif

#endif
