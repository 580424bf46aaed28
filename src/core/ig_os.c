/* The operating system behind a few functions (POSIX). May know: OS headers. Must not
 * know: curl, sodium, Lua. */
#define _GNU_SOURCE /* dladdr, RTLD_DEFAULT, and the strerror_r that returns text */
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

static long forks;

static void on_fork_in_child(void)
{
  forks++;
}

static void count_forks(void)
{
  (void)pthread_atfork(NULL, NULL, on_fork_in_child);
}

long ig_os_forks(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, count_forks);
  return forks;
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

void *ig_os_symbol(const char *name)
{
  return dlsym(RTLD_DEFAULT, name);
}

void ig_os_sigpipe_hold(struct ig_sigpipe *guard)
{
  sigset_t pipe_only, before;

  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  guard->blocked = sigismember(&before, SIGPIPE) == 0;
}

/* It was not blocked before, so none was pending: what is there now is of our
 * making. */
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

int ig_os_open_end(const char *path, int mode, int *fd)
{
  /* O_NONBLOCK: to a pipe without a reader it would wait. */
  *fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
             (mode_t)mode);
  if (*fd < 0)
    return errno;
  if (lseek(*fd, 0, SEEK_END) < 0) {
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

void ig_os_close_locked(int fd, long locked_after)
{
  if (fd >= 0 && ig_os_forks() == locked_after)
    (void)flock(fd, LOCK_UN);
  ig_os_close(fd);
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

bool ig_os_is_other(const char *path)
{
  struct stat about;

  return stat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

int ig_os_sync(int fd)
{
  int synced;

#ifdef F_FULLFSYNC /* macOS: fsync leaves the bytes in the disk's own cache */
  if (fcntl(fd, F_FULLFSYNC) == 0)
    return 0;
#endif
  do
    synced = fsync(fd);
  while (synced < 0 && errno == EINTR);
  return synced < 0 ? errno : 0;
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

int ig_os_remove(const char *path)
{
  return unlink(path) < 0 ? errno : 0;
}

int ig_os_open_read(const char *path, int *fd, long long *size)
{
  struct stat about;
  int problem = 0;

  *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (*fd < 0)
    return errno;
  if (fstat(*fd, &about) < 0)
    problem = errno;
  else if (!S_ISREG(about.st_mode))
    problem = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
  if (problem) {
    ig_os_close(*fd);
    *fd = -1;
    return problem;
  }
  *size = (long long)about.st_size;
  return 0;
}

int ig_os_read(int fd, char *bytes, size_t room, size_t *got)
{
  *got = 0;
  while (*got < room) {
    ssize_t more = read(fd, bytes + *got, room - *got);

    if (more < 0 && errno == EINTR)
      continue;
    if (more < 0)
      return errno;
    if (more == 0)
      break;
    *got += (size_t)more;
  }
  return 0;
}

long ig_os_read_file(const char *path, char *bytes, size_t room)
{
  size_t got;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), problem;

  if (fd < 0)
    return -1;
  problem = ig_os_read(fd, bytes, room, &got);
  ig_os_close(fd);
  return problem ? -1 : (long)got;
}

/* Opens the folder that path lies in. */
static int open_folder_of(const char *path, int *fd)
{
  char folder[4096];
  const char *slash = strrchr(path, '/');
  size_t size = slash ? (size_t)(slash - path) : 0;

  *fd = -1;
  if (size >= sizeof folder)
    return ENAMETOOLONG;
  memcpy(folder, slash ? path : ".", slash ? size : 1);
  folder[slash ? size : 1] = '\0';
  *fd = open(slash && !size ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return *fd < 0 ? errno : 0;
}

int ig_os_sync_folder(const char *path)
{
  int fd, problem = open_folder_of(path, &fd);

  if (problem == EACCES)
    return 0; /* it may be written to, not read: what was done there stands */
  if (problem)
    return problem;
  problem = ig_os_sync(fd);
  ig_os_close(fd);
  return problem == EINVAL ? 0 : problem; /* a file system that has no such thing */
}

/* A file that root has just made goes to the owner of its folder, who could not open
 * it. Where that cannot be, it stays root's. */
static void give_away(int file, const char *path)
{
  struct stat about;
  int folder;

  if (geteuid() != 0 || open_folder_of(path, &folder))
    return;
  if (fstat(folder, &about) == 0 && about.st_uid != 0 &&
      fchown(file, about.st_uid, about.st_gid) < 0)
    errno = 0;
  ig_os_close(folder);
}

/* A name of our own beside the file, so that two writers never share one. */
static int fresh_name(const char *path, char *fresh, size_t room)
{
  static unsigned long counter;
  unsigned long number = __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
  int size = snprintf(fresh, room, "%s.%ld-%lu.new", path, ig_os_pid(), number);

  return size < 0 || (size_t)size >= room ? ENAMETOOLONG : 0;
}

/* A new file; what a process of our number left behind is not written into. */
static int open_fresh(const char *path, int mode, char *fresh, size_t room, int *fd)
{
  enum { LEFT_BEHIND = 100 };
  int problem = EEXIST, tries;

  for (tries = 0; problem == EEXIST && tries < LEFT_BEHIND; tries++) {
    problem = fresh_name(path, fresh, room);
    if (problem)
      return problem;
    *fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    problem = *fd < 0 ? errno : 0;
  }
  return problem;
}

/* Renames where nothing is yet. By a link, or where the file system has none, in place
 * of an empty file that is ours alone to make. */
static int take_name(const char *fresh, const char *path)
{
  int fd, problem;

  if (link(fresh, path) == 0)
    return ig_os_remove(fresh);
  if (errno == EEXIST)
    return EEXIST;
  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno;
  ig_os_close(fd);
  problem = ig_os_rename(fresh, path);
  if (problem)
    (void)ig_os_remove(path);
  return problem;
}

static int write_file(const char *path, int mode, const char *bytes, size_t size,
                      int (*place)(const char *fresh, const char *path),
                      bool as_folder, bool lasting)
{
  char fresh[4096];
  int fd, problem = open_fresh(path, mode, fresh, sizeof fresh, &fd);

  if (problem)
    return problem;
  if (as_folder)
    give_away(fd, path);
  problem = ig_os_write(fd, bytes, size);
  if (!problem && lasting)
    problem = ig_os_sync(fd);
  ig_os_close(fd);
  if (!problem)
    problem = place(fresh, path);
  if (problem)
    (void)ig_os_remove(fresh);
  else if (lasting)
    problem = ig_os_sync_folder(path);
  return problem;
}

int ig_os_replace_file(const char *path, int mode, const char *bytes, size_t size)
{
  return write_file(path, mode, bytes, size, ig_os_rename, false, false);
}

int ig_os_create_file(const char *path, int mode, const char *bytes, size_t size)
{
  return write_file(path, mode, bytes, size, take_name, false, true);
}

int ig_os_replace_entry(const char *path, int mode, const char *bytes, size_t size,
                        bool lasting)
{
  return write_file(path, mode, bytes, size, ig_os_rename, true, lasting);
}

int ig_os_open_lock(const char *path, int *fd)
{
  if (geteuid() == 0) { /* what was there is nobody's to give away */
    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*fd >= 0) {
      give_away(*fd, path);
      return 0;
    }
  }
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return *fd < 0 ? errno : 0;
}

int ig_os_make_folder(const char *path, int mode)
{
  return mkdir(path, (mode_t)mode) < 0 ? errno : 0;
}

int ig_os_list(const char *path, bool (*each)(void *self, const char *name),
               void *self)
{
  DIR *folder = opendir(path);
  int problem = folder ? 0 : errno;

  while (!problem) {
    const struct dirent *entry;

    errno = 0; /* the only way to tell the end from a failure */
    entry = readdir(folder);
    if (!entry) {
      problem = errno;
      break;
    }
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
        !each(self, entry->d_name))
      problem = ENOMEM;
  }
  if (folder)
    closedir(folder);
  return problem;
}

const char *ig_os_error(int number, char *text, size_t room)
{
  /* glibc's GNU form, chosen by _GNU_SOURCE: thread-safe and never fails. */
  return strerror_r(number, text, room);
}
