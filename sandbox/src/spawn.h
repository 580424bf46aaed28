/* Runs a program as a shell would run its only command: same terminal, same files,
 * signals handed on, until it ends. May know: processes, signals. Must not know: lua.h.
 * */
#ifndef IGS_SPAWN_H
#define IGS_SPAWN_H

/* SIGINT, SIGTERM and SIGHUP wait, in this thread and those it starts, until somebody
 * asks for them: the server's wait, or igs_spawn_run. */
void igs_spawn_hold_signals(void);
/* Runs argv[0], looked for in PATH, with this environment, and waits. INT, TERM, HUP,
 * QUIT, USR1 and USR2 are handed on, except what came from the terminal, which reaches
 * it anyway. Its exit code, or 128 and the signal's number; also of a held one that
 * came before the start: then nothing is run. -1 and errno: it could not be started. */
int igs_spawn_run(char *const argv[], char *const envp[]);

#endif
