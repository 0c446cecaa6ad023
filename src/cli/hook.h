/* hook.h - in testing builds, $YAMORI_TEST_SCANNER makes a scanner process misbehave at the nth
 * file: "crash@3", "hang@3".  Plain builds have nothing of it. */
#ifndef YM_CLI_HOOK_H
#define YM_CLI_HOOK_H

#ifdef YM_TESTING
struct ym_pool_options;
void ym_cli_hook(struct ym_pool_options *o);
/* $YAMORI_TEST_SETTLE: seconds, instead of YM_CACHE_SETTLE. */
unsigned ym_cli_hook_settle(unsigned usual);
/* $YAMORI_TEST_KILL_AT: the process is killed at the nth step to the disk (clean/journal.h). */
void ym_cli_hook_kill(void);
#define YM_CLI_HOOK(o) ym_cli_hook(o)
#define YM_CLI_HOOK_KILL() ym_cli_hook_kill()
#define YM_CLI_HOOK_SETTLE(usual) ym_cli_hook_settle(usual)
#else
#define YM_CLI_HOOK(o) ((void)(o))
#define YM_CLI_HOOK_KILL() ((void)0)
#define YM_CLI_HOOK_SETTLE(usual) (usual)
#endif

#endif
