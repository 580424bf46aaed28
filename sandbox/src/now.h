/* The one clock of the host's threads (timer.c). May know: libc. */
#ifndef IGS_NOW_H
#define IGS_NOW_H

/* Monotonic seconds. */
double igs_now(void);

#endif
