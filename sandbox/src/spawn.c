/* Starting a program beside the server, and waiting for it. posix_spawn and not fork:
 * the server's threads hold locks that a forked child would never get.
 * May know: processes, signals. */
#define _GNU_SOURCE /* sigwaitinfo, sigtimedwait */
#include "spawn.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

static const int held[] = { SIGINT, SIGTERM, SIGHUP };
static const int awaited[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                               SIGUSR1, SIGUSR2, SIGCHLD };

static void fill(sigset_t *set, const int *numbers, size_t count)
{
  size_t i;

  sigemptyset(set);
  for (i = 0; i < count; i++)
    sigaddset(set, numbers[i]);
}

void igs_spawn_hold_signals(void)
{
  sigset_t set;

  fill(&set, held, sizeof held / sizeof *held);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The program's own mask: what we only hold back for ourselves is open there. */
static int start(pid_t *pid, char *const argv[], char *const envp[], sigset_t mask)
{
  posix_spawnattr_t attributes;
  sigset_t defaults;
  size_t i;
  int problem;

  for (i = 0; i < sizeof held / sizeof *held; i++)
    sigdelset(&mask, held[i]);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGCHLD);
  problem = posix_spawnattr_init(&attributes);
  if (problem)
    return problem;
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  problem = posix_spawnp(pid, argv[0], NULL, &attributes, argv, envp);
  posix_spawnattr_destroy(&attributes);
  return problem;
}

/* Asks first: the program may be gone before the first signal was awaited. */
static int wait_for(pid_t pid, const sigset_t *set)
{
  siginfo_t info;
  int status = 0;

  for (;;) {
    pid_t ended = waitpid(pid, &status, WNOHANG);

    if (ended == pid)
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (ended < 0)
      return -1;
    if (sigwaitinfo(set, &info) > 0 && info.si_signo != SIGCHLD && info.si_code <= 0)
      kill(pid, info.si_signo);
  }
}

/* The number of a signal that came before there was a program for it; 0: none. */
static int came_early(void)
{
  static const struct timespec at_once = { 0, 0 };
  sigset_t set;
  int number;

  fill(&set, held, sizeof held / sizeof *held);
  number = sigtimedwait(&set, NULL, &at_once);
  return number > 0 ? number : 0;
}

int igs_spawn_run(char *const argv[], char *const envp[])
{
  struct sigaction standard = { .sa_handler = SIG_DFL }, before;
  sigset_t set, mask;
  int problem, early, code = -1;
  pid_t pid;

  sigemptyset(&standard.sa_mask);
  sigaction(SIGCHLD, &standard, &before); /* ignored, no exit code would be kept */
  fill(&set, awaited, sizeof awaited / sizeof *awaited);
  pthread_sigmask(SIG_BLOCK, &set, &mask);
  early = came_early();
  problem = early ? 0 : start(&pid, argv, envp, mask);
  if (early) {
    code = 128 + early;
  } else if (!problem) {
    code = wait_for(pid, &set);
    problem = code < 0 ? errno : 0;
  }
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  sigaction(SIGCHLD, &before, NULL);
  errno = problem;
  return code;
}
