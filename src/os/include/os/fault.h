/* fault.h - a test's switch that makes the nth system call of a kind fail.
 *
 * Only builds with -Dtesting=true have it.  All file work of os/ goes through it. */
#ifndef YM_OS_FAULT_H
#define YM_OS_FAULT_H

typedef enum ym_fault_call {
    YM_FAULT_OPEN,
    YM_FAULT_READ,
    YM_FAULT_WRITE,
    YM_FAULT_FSYNC,
    YM_FAULT_RENAME,
    YM_FAULT_MAP,
    YM_FAULT_CALLS
} ym_fault_call;

#ifdef YM_TESTING
/* Make the nth call of this kind from now fail with sys_errno (1 = the next), and every later
 * one too when sticky.  sys_errno 0: reads and writes do only half of what was asked instead.
 * nth 0 turns it off.  Returns how many faults were caused since the last call. */
unsigned ym_fault_sys(ym_fault_call call, unsigned nth, int sys_errno, int sticky);
#endif

#endif
