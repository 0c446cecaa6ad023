/* sandbox.h - a process gives up everything it does not need, for good.
 *
 * What is left afterwards: computing, memory (never executable), reading and writing the
 * descriptors it already holds or is passed over its socket, and its own death.  No file system,
 * no network, no exec, no new process, no other process, no privileges.
 *
 * Five layers, each of which alone stops most of it; ym_sandbox_enter() fails when seccomp, the
 * one that stops all of it, cannot be had.  The rest is used where the kernel has it:
 *
 *   layer        what it is                                        where
 *   privileges   no_new_privs, no capabilities, uid 65534          always (uid: when root)
 *   limits       no core, no file writing, no processes, memory    always
 *   namespaces   user, pid, net, ipc (made by os/process.h)        where permitted
 *   landlock     every right handled, none granted                 kernel 5.13 and later
 *   seccomp      a list of about 30 calls; all others are EPERM    needed
 */
#ifndef YM_OS_SANDBOX_H
#define YM_OS_SANDBOX_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define YM_SANDBOX_TABLE(X)                                                                        \
    X(PRIVILEGES, "privileges")                                                                    \
    X(LIMITS, "limits")                                                                            \
    X(NAMESPACES, "namespaces")                                                                    \
    X(LANDLOCK, "landlock")                                                                        \
    X(SECCOMP, "seccomp")

enum ym_sandbox_bit {
#define X(name, word) YM_SANDBOX_BIT_##name,
    YM_SANDBOX_TABLE(X)
#undef X
        YM_SANDBOX_BITS
};
enum ym_sandbox_layer {
#define X(name, word) YM_SANDBOX_##name = 1u << YM_SANDBOX_BIT_##name,
    YM_SANDBOX_TABLE(X)
#undef X
};

/* SCANNER: as above.  COMPILER: may also write, truncate and seek in its one output descriptor
 * (out_fd), which a scanner has no use for. */
typedef enum ym_sandbox_profile { YM_SANDBOX_SCANNER, YM_SANDBOX_COMPILER } ym_sandbox_profile;

struct ym_sandbox_options {
    ym_sandbox_profile profile;
    uint64_t max_memory; /* bytes of private memory (RLIMIT_DATA); 0: no bound */
    int channel_fd;      /* kept open */
    int out_fd;          /* COMPILER: kept open; else -1 */
    bool namespaces;     /* the process was started in its own: for the list of layers */
#ifdef YM_TESTING
    bool without_landlock; /* as if the kernel had none: seccomp must hold alone */
#endif
};

/* Closes every other descriptor (0, 1 and 2 become /dev/null; in testing builds 2 stays), then
 * enters all layers.  *ret_layers: those that are active. */
YM_MUST_CHECK ym_status ym_sandbox_enter(const struct ym_sandbox_options *o, unsigned *ret_layers,
                                         struct ym_err *err);

/* The version of Landlock that the kernel offers; 0: none. */
int ym_sandbox_landlock_abi(void);

/* "privileges limits seccomp" */
void ym_sandbox_words(unsigned layers, struct ym_buf *out);

#endif
