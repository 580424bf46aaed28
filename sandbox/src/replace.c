/* A file replaced as a whole: what is read there is the old one or the new one. */
#define _GNU_SOURCE /* O_CLOEXEC, O_NOFOLLOW */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority.h"

static bool write_all(int fd, const struct igs_buf *bytes)
{
  size_t done = 0;

  while (done < bytes->size) {
    ssize_t got = write(fd, bytes->data + done, bytes->size - done);

    if (got < 0 && errno != EINTR)
      return false;
    if (got > 0)
      done += (size_t)got;
  }
  return fsync(fd) == 0;
}

/* The permissions are there before the first byte is. */
static bool write_new(const char *path, const struct igs_buf *bytes, unsigned mode)
{
  int fd, error;
  bool ok;

  unlink(path); /* left by one who was killed */
  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
  if (fd < 0)
    return false;
  ok = write_all(fd, bytes);
  error = errno;
  close(fd);
  errno = error;
  return ok;
}

bool igs_file_replace(const char *path, const struct igs_buf *bytes, unsigned mode,
                      struct igs_buf *problem)
{
  struct igs_buf new_path = { NULL, 0, 0 };
  bool ok = igs_buf_add(&new_path, path, strlen(path))
            && igs_buf_add(&new_path, ".new", 4);

  if (!ok)
    errno = ENOMEM;
  ok = ok && write_new(new_path.data, bytes, mode) && rename(new_path.data, path) == 0;
  if (!ok) {
    igs_buf_print(problem, "%s: %s", path, strerror(errno));
    if (new_path.data)
      unlink(new_path.data);
  }
  igs_buf_free(&new_path);
  return ok;
}
