/* What a token store needs of files and plain Lua does not have: replacing one whole
 * (synced in the right order), locks that do not block, folders. As core.files. */
#include <errno.h>
#include <string.h>

#include "lig.h"

#define LIG_LOCK "instagram.lock"

enum { FILE_MAX = 16 * 1024 * 1024 };

struct lig_lock {
  int fd; /* -1: released */
  long forks; /* ig_os_forks when it was taken */
};

static void release(struct lig_lock *lock)
{
  ig_os_close_locked(lock->fd, lock->forks);
  lock->fd = -1;
}

/* Of a path so long that no room were left for the reason, the end is told. */
static int fail(lua_State *L, const char *what, const char *path, int number)
{
  enum { SHOWN = 160 };
  size_t size = strlen(path);
  const char *end = size > SHOWN ? path + size - SHOWN : path;
  struct ig_error error;
  char words[128];

  while ((*end & 0xC0) == 0x80) /* not from the middle of a character */
    end++;
  ig_error_set(&error, IG_IO, "cannot %s %s%s: %s", what, end > path ? "..." : "", end,
               ig_os_error(number, words, sizeof words));
  return lig_fail(L, &error);
}

static int done(lua_State *L)
{
  lua_pushboolean(L, 1);
  return 1;
}

/* files.read(path) -> bytes | false (there is none) | nil, message, err. The descriptor
 * is kept where a raise closes it. */
static int files_read(lua_State *L)
{
  const char *path = lig_check_text(L, 1);
  struct lig_lock *file = lig_new(L, sizeof *file, LIG_LOCK);
  long long size = 0;
  size_t got;
  char *bytes;
  int problem;

  file->fd = -1;
  problem = ig_os_open_read(path, &file->fd, &size);
  if (problem == ENOENT) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (!problem && size > FILE_MAX)
    problem = EFBIG;
  if (problem)
    return fail(L, "read", path, problem);
  bytes = lua_newuserdata(L, (size_t)size + 1);
  problem = ig_os_read(file->fd, bytes, (size_t)size, &got);
  release(file);
  if (problem)
    return fail(L, "read", path, problem);
  lua_pushlstring(L, bytes, got);
  return 1;
}

/* Argument 3: false when nothing is promised should the machine stop. */
static bool is_lasting(lua_State *L, int index)
{
  return lua_isnoneornil(L, index) || lua_toboolean(L, index);
}

/* files.replace(path, bytes[, lasting]) -> true | nil, message, err: mode 0600,
 * root's go to the folder's owner; written, synced, renamed, the folder synced */
static int files_replace(lua_State *L)
{
  size_t size;
  const char *path = lig_check_text(L, 1), *bytes = luaL_checklstring(L, 2, &size);
  int problem = ig_os_replace_entry(path, 0600, bytes, size, is_lasting(L, 3));

  return problem ? fail(L, "write", path, problem) : done(L);
}

/* files.remove(path[, lasting]) -> true | nil, message, err; it is no failure when
 * there is none */
static int files_remove(lua_State *L)
{
  const char *path = lig_check_text(L, 1);
  int problem = ig_os_remove(path);

  if (problem == ENOENT)
    problem = 0;
  if (!problem && is_lasting(L, 2))
    problem = ig_os_sync_folder(path);
  return problem ? fail(L, "remove", path, problem) : done(L);
}

/* files.make_folder(path) -> true | nil, message, err: mode 0700; one that is there
 * will do. Its own entry is made to last, also for whoever died before that. */
static int files_make_folder(lua_State *L)
{
  const char *path = lig_check_text(L, 1);
  int problem = ig_os_make_folder(path, 0700);

  if (!problem || problem == EEXIST)
    problem = ig_os_sync_folder(path);
  return problem ? fail(L, "make folder", path, problem) : done(L);
}

/* files.process() -> the number of this process: another after a fork */
static int files_process(lua_State *L)
{
  lig_push_number(L, (double)ig_os_pid());
  return 1;
}

struct listing {
  char *names; /* one after the other, each with its zero */
  size_t size, room;
};

static bool each_name(void *self, const char *name)
{
  struct listing *listing = self;
  size_t size = strlen(name) + 1;

  if (listing->size + size > listing->room) {
    size_t room = (listing->size + size) * 2;
    char *names = ig_realloc(listing->names, room);

    if (!names)
      return false;
    listing->names = names;
    listing->room = room;
  }
  memcpy(listing->names + listing->size, name, size);
  listing->size += size;
  return true;
}

/* files.list(path) -> array of names | nil, message, err */
static int files_list(lua_State *L)
{
  const char *path = lig_check_text(L, 1), *at;
  struct lig_secret *scratch = lig_new(L, sizeof *scratch, LIG_SECRET);
  struct listing listing = {NULL, 0, 0};
  int problem = ig_os_list(path, each_name, &listing), count = 0;

  scratch->core.data = listing.names; /* freed with it, also when Lua raises below */
  if (problem)
    return fail(L, "list", path, problem);
  lua_newtable(L);
  for (at = listing.names; at && at < listing.names + listing.size;
       at += strlen(at) + 1) {
    lua_pushstring(L, at);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* --- locks ------------------------------------------------------------------------ */

/* files.lock(path) -> lock | false (another holds it) | nil, message, err. Held until
 * lock:release(), its collection, or the end of the process, however it ends. */
static int files_lock(lua_State *L)
{
  const char *path = lig_check_text(L, 1);
  struct lig_lock *lock = lig_new(L, sizeof *lock, LIG_LOCK);
  bool current = false;
  int problem = 0;

  lock->fd = -1;
  while (!problem && !current) { /* a file removed meanwhile locks nobody out */
    release(lock);
    problem = ig_os_open_lock(path, &lock->fd);
    if (problem)
      return fail(L, "open", path, problem);
    problem = ig_os_lock(lock->fd);
    lock->forks = ig_os_forks();
    current = !problem && ig_os_is_at(lock->fd, path);
  }
  if (!problem)
    return 1;
  release(lock);
  if (problem != EWOULDBLOCK)
    return fail(L, "lock", path, problem);
  lua_pushboolean(L, 0);
  return 1;
}

static int lock__gc(lua_State *L)
{
  struct lig_lock *lock = lig_test(L, 1, LIG_LOCK);

  if (lock)
    release(lock);
  return 0;
}

void lig_push_files(lua_State *L)
{
  static const luaL_Reg functions[] = {
      {"list", files_list},
      {"lock", files_lock},
      {"make_folder", files_make_folder},
      {"process", files_process},
      {"read", files_read},
      {"remove", files_remove},
      {"replace", files_replace},
      {NULL, NULL}};
  static const luaL_Reg methods[] = {{"release", lock__gc}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__close", lock__gc}, {"__gc", lock__gc}, {NULL, NULL}};
  const luaL_Reg *function;

  lig_class(L, LIG_LOCK, methods, metamethods);
  lua_newtable(L);
  for (function = functions; function->name; function++) {
    lua_pushcfunction(L, function->func);
    lua_setfield(L, -2, function->name);
  }
}
