/* Files and folders for the rules: parts of files, their times, and folders that go
 * away again. Nothing raises while a descriptor is open. May know: lua.h, POSIX. */
#define _XOPEN_SOURCE 700
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compat.h"

#define FOLDER_CLASS "instagram.sandbox.folder"
#define PART_MAX (1 << 20)

int igs_disk_fail(lua_State *L, const char *what)
{
  int code = errno;

  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, strerror(code));
  return 2;
}

/* native.kind(path) -> "file" | "folder" | "other" | nil, message. Links are
 * followed. */
static int native_kind(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct stat info;

  if (stat(path, &info))
    return igs_disk_fail(L, path);
  lua_pushstring(L, S_ISREG(info.st_mode)   ? "file"
                    : S_ISDIR(info.st_mode) ? "folder"
                                            : "other");
  return 1;
}

/* native.file_time(path) -> epoch seconds of its last change | nil, message */
static int native_file_time(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  struct stat info;

  if (stat(path, &info))
    return igs_disk_fail(L, path);
  igs_pushinteger(L, (int64_t)info.st_mtime);
  return 1;
}

/* native.real_path(path) -> absolute and without links | nil, message */
static int native_real_path(lua_State *L)
{
  size_t size;
  const char *path = luaL_checklstring(L, 1, &size);
  char *out = lua_newuserdata(L, PATH_MAX);

  errno = EINVAL; /* a zero byte in the name */
  if (strlen(path) != size || !realpath(path, out))
    return igs_disk_fail(L, path);
  lua_pushstring(L, out);
  return 1;
}

/* Bytes read, or -1 and errno. */
static ssize_t read_at(const char *path, char *data, size_t size, off_t offset)
{
  int code, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t got;

  if (fd < 0)
    return -1;
  do
    got = pread(fd, data, size, offset);
  while (got < 0 && errno == EINTR);
  code = errno;
  close(fd);
  errno = code;
  return got;
}

/* native.read_part(path, offset, size) -> bytes, fewer at the end | nil, message. At
 * most a megabyte. */
static int native_read_part(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  lua_Number offset = luaL_checknumber(L, 2), size = luaL_checknumber(L, 3);
  ssize_t got;
  char *data;

  luaL_argcheck(L, offset >= 0 && offset < 9007199254740992.0, 2, "out of range");
  luaL_argcheck(L, size >= 0 && size <= PART_MAX, 3, "out of range");
  data = lua_newuserdata(L, (size_t)size + 1);
  got = read_at(path, data, (size_t)size, (off_t)offset);
  if (got < 0)
    return igs_disk_fail(L, path);
  lua_pushlstring(L, data, (size_t)got);
  return 1;
}

/* --- folders of our own ---------------------------------------------------------- */

struct folder {
  bool ours; /* made, and not kept yet: it goes with the object */
  char path[PATH_MAX];
};

/* Every plain file and link in it; there are no others in a folder of ours. */
static void remove_files(const char *path)
{
  DIR *dir = opendir(path);
  const struct dirent *entry;

  if (!dir)
    return;
  for (entry = readdir(dir); entry; entry = readdir(dir))
    unlinkat(dirfd(dir), entry->d_name, 0); /* "." and ".." are refused */
  closedir(dir);
}

static int folder_close(lua_State *L)
{
  struct folder *folder = luaL_checkudata(L, 1, FOLDER_CLASS);

  if (folder->ours) {
    remove_files(folder->path);
    rmdir(folder->path);
  }
  folder->ours = false;
  return 0;
}

/* folder:path() */
static int folder_path(lua_State *L)
{
  const struct folder *folder = luaL_checkudata(L, 1, FOLDER_CLASS);

  lua_pushstring(L, folder->path);
  return 1;
}

/* folder:keep(): it stays when the object goes */
static int folder_keep(lua_State *L)
{
  struct folder *folder = luaL_checkudata(L, 1, FOLDER_CLASS);

  folder->ours = false;
  return 0;
}

static bool make(struct folder *folder, const char *path)
{
  const char *place = getenv("TMPDIR");
  struct stat info;
  int size;

  if (path)
    size = snprintf(folder->path, sizeof folder->path, "%s", path);
  else
    size = snprintf(folder->path, sizeof folder->path, "%s/instagram-sandbox-XXXXXX",
                    place && *place ? place : "/tmp");
  if (size < 0 || (size_t)size >= sizeof folder->path) {
    errno = ENAMETOOLONG;
    return false;
  }
  if (!path)
    return mkdtemp(folder->path) != NULL;
  if (mkdir(path, 0700) == 0)
    return true;
  if (errno != EEXIST || lstat(path, &info))
    return false;
  if (!S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return false;
  }
  remove_files(path); /* of an import that was killed */
  return true;
}

/* native.folder([path]) -> an empty folder only we may look into | nil, message. A
 * private one among the temporary files without a path. It and the files in it are
 * removed with the object (at the latest when the state closes), unless kept. */
static int native_folder(lua_State *L)
{
  const char *path = luaL_optstring(L, 1, NULL);
  struct folder *folder = lua_newuserdata(L, sizeof *folder);

  folder->ours = false;
  luaL_getmetatable(L, FOLDER_CLASS);
  lua_setmetatable(L, -2);
  if (!make(folder, path))
    return igs_disk_fail(L, folder->path);
  folder->ours = true;
  return 1;
}

/* native.remove_file(path) -> true | nil, message */
static int native_remove_file(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);

  if (unlink(path))
    return igs_disk_fail(L, path);
  lua_pushboolean(L, 1);
  return 1;
}

void igs_disk_register(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "kind", native_kind },           { "file_time", native_file_time },
    { "real_path", native_real_path }, { "read_part", native_read_part },
    { "folder", native_folder },       { "remove_file", native_remove_file },
    { NULL, NULL },
  };
  static const luaL_Reg metamethods[] = { { "__gc", folder_close },
                                          { "__close", folder_close },
                                          { NULL, NULL } };
  static const luaL_Reg methods[] = { { "path", folder_path },
                                      { "keep", folder_keep },
                                      { "close", folder_close },
                                      { NULL, NULL } };

  igs_class(L, FOLDER_CLASS, metamethods, methods);
  lua_pop(L, 1);
  igs_register(L, functions);
}
