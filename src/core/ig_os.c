/* The operating system behind a few functions (POSIX). May know: OS headers. Must not
 * know: curl, sodium, Lua. */
#define _GNU_SOURCE /* dladdr, and the strerror_r that returns text */
#include "ig_os.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock)
{
  struct timespec at;

  clock_gettime(clock, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

double ig_os_monotonic(void)
{
  return seconds(CLOCK_MONOTONIC);
}

double ig_os_time(void)
{
  return seconds(CLOCK_REALTIME);
}

long ig_os_pid(void)
{
  return (long)getpid();
}

void ig_os_once(struct ig_once *once, void (*start)(void))
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

  pthread_mutex_lock(&lock);
  if (!once->state) {
    once->state = 1;
    start();
  }
  pthread_mutex_unlock(&lock);
}

void ig_os_stay_loaded(void)
{
  /* An address of ours is found through an object: ISO C has no cast from a function
   * pointer to void *. */
  static const char anchor = 0;
  Dl_info self;

  if (dladdr(&anchor, &self) && self.dli_fname)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

void ig_os_sigpipe_hold(struct ig_sigpipe *guard)
{
  sigset_t pipe_only, before;

  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  guard->blocked = sigismember(&before, SIGPIPE) == 0;
}

/* It was not blocked before, so none was pending: what is there now is of our making. */
void ig_os_sigpipe_release(const struct ig_sigpipe *guard)
{
  static const struct timespec at_once = {0, 0};
  sigset_t pipe_only;

  if (!guard->blocked)
    return;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  while (sigtimedwait(&pipe_only, NULL, &at_once) == -1 && errno == EINTR)
    ;
  pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
}

int ig_os_open_write(const char *path, bool keep, int mode, int *fd)
{
  int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (keep ? 0 : O_TRUNC);

  *fd = open(path, flags, (mode_t)mode);
  if (*fd < 0)
    return errno;
  if (keep && lseek(*fd, 0, SEEK_END) < 0) {
    int problem = errno;

    ig_os_close(*fd);
    *fd = -1;
    return problem;
  }
  return 0;
}

void ig_os_close_on_exec(int fd)
{
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int ig_os_lock(int fd)
{
  return flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
}

int ig_os_write(int fd, const char *bytes, size_t size)
{
  while (size > 0) {
    ssize_t wrote = write(fd, bytes, size);

    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return wrote < 0 ? errno : ENOSPC;
    bytes += wrote;
    size -= (size_t)wrote;
  }
  return 0;
}

int ig_os_truncate(int fd, long long size)
{
  if (ftruncate(fd, (off_t)size) < 0 || lseek(fd, (off_t)size, SEEK_SET) < 0)
    return errno;
  return 0;
}

bool ig_os_is_at(int fd, const char *path)
{
  struct stat opened, named;

  return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

long long ig_os_file_size(const char *path)
{
  struct stat about;

  if (stat(path, &about) < 0 || !S_ISREG(about.st_mode))
    return -1;
  return (long long)about.st_size;
}

int ig_os_sync(int fd)
{
  return fsync(fd) < 0 ? errno : 0;
}

void ig_os_close(int fd)
{
  if (fd >= 0)
    close(fd);
}

int ig_os_rename(const char *from, const char *to)
{
  return rename(from, to) < 0 ? errno : 0;
}

void ig_os_remove(const char *path)
{
  (void)unlink(path);
}

long ig_os_read_file(const char *path, char *bytes, size_t room)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t have = 0;
  ssize_t got = 1;

  if (fd < 0)
    return -1;
  while (have < room && got > 0) {
    got = read(fd, bytes + have, room - have);
    if (got < 0 && errno == EINTR)
      got = 1;
    else if (got > 0)
      have += (size_t)got;
  }
  ig_os_close(fd);
  return got < 0 ? -1 : (long)have;
}

int ig_os_sync_folder(const char *path)
{
  char folder[4096];
  const char *slash = strrchr(path, '/');
  size_t size = slash ? (size_t)(slash - path) : 0;
  int fd, problem;

  if (size >= sizeof folder)
    return ENAMETOOLONG;
  memcpy(folder, slash ? path : ".", slash ? size : 1);
  folder[slash ? size : 1] = '\0';
  fd = open(slash && !size ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  problem = ig_os_sync(fd);
  ig_os_close(fd);
  return problem;
}

/* A name of our own beside the file, so that two writers never share one. */
static int fresh_name(const char *path, char *fresh, size_t room)
{
  static unsigned long counter;
  unsigned long number = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
  int size = snprintf(fresh, room, "%s.%ld-%lu.new", path, ig_os_pid(), number);

  return size < 0 || (size_t)size >= room ? ENAMETOOLONG : 0;
}

static int write_whole(const char *path, int mode, const char *bytes, size_t size)
{
  int fd, problem = ig_os_open_write(path, false, mode, &fd);

  if (problem)
    return problem;
  problem = ig_os_write(fd, bytes, size);
  if (!problem)
    problem = ig_os_sync(fd);
  ig_os_close(fd);
  return problem;
}

int ig_os_replace_file(const char *path, int mode, const char *bytes, size_t size)
{
  char fresh[4096];
  int problem = fresh_name(path, fresh, sizeof fresh);

  if (problem)
    return problem;
  problem = write_whole(fresh, mode, bytes, size);
  if (!problem)
    problem = ig_os_rename(fresh, path);
  if (problem)
    ig_os_remove(fresh);
  else
    problem = ig_os_sync_folder(path);
  return problem;
}

int ig_os_open_lock(const char *path, int *fd)
{
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return *fd < 0 ? errno : 0;
}

int ig_os_make_folder(const char *path, int mode)
{
  return mkdir(path, (mode_t)mode) < 0 ? errno : 0;
}

int ig_os_list(const char *path, bool (*each)(void *self, const char *name), void *self)
{
  DIR *folder = opendir(path);
  const struct dirent *entry;
  bool more = true;

  if (!folder)
    return errno;
  for (entry = readdir(folder); entry && more; entry = readdir(folder))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      more = each(self, entry->d_name);
  closedir(folder);
  return more ? 0 : ENOMEM;
}

const char *ig_os_error(int number, char *text, size_t room)
{
  /* glibc's GNU form, chosen by _GNU_SOURCE: thread-safe and never fails. */
  return strerror_r(number, text, room);
}
