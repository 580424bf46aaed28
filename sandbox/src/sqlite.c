/* SQLite for the rules. Statements are kept per database under their SQL text; one that
 * a raise left behind in the middle is reset before the next step. May know: lua.h,
 * sqlite3.h. */
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "compat.h"
#include "native.h"

#define DB_CLASS "instagram.sandbox.db"
#define BUSY_MS 250 /* one who is just closing it; the locks of a dead one are gone */

struct db {
  sqlite3 *handle;      /* NULL: closed */
  sqlite3_stmt *active; /* being stepped; not NULL on entry: a raise left it */
};

static void rest(struct db *db)
{
  if (db->active) {
    sqlite3_reset(db->active);
    sqlite3_clear_bindings(db->active);
  }
  db->active = NULL;
}

static struct db *check_db(lua_State *L)
{
  struct db *db = luaL_checkudata(L, 1, DB_CLASS);

  if (!db->handle)
    luaL_error(L, "db is closed");
  rest(db);
  return db;
}

/* Raises SQLite's last message; the active statement is put to rest by the next call.
 * */
static int raise(lua_State *L, struct db *db, const char *sql)
{
  return luaL_error(L, "sqlite: %s (in: %s)", sqlite3_errmsg(db->handle), sql);
}

/* The statements are SQLite's own list; the table in the uservalue only finds them. */
static int db_close(lua_State *L)
{
  struct db *db = luaL_checkudata(L, 1, DB_CLASS);
  sqlite3 *handle = db->handle;

  db->handle = NULL;
  db->active = NULL;
  if (handle) {
    sqlite3_stmt *statement = sqlite3_next_stmt(handle, NULL);

    while (statement) {
      sqlite3_finalize(statement);
      statement = sqlite3_next_stmt(handle, NULL);
    }
    sqlite3_close_v2(handle);
  }
  return 0;
}

static sqlite3_stmt *prepare(lua_State *L, struct db *db)
{
  size_t size;
  const char *tail, *sql = luaL_checklstring(L, 2, &size);
  sqlite3_stmt *statement;

  igs_getuservalue(L, 1);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  statement = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (!statement) {
    lua_pushvalue(L, 2);
    if (sqlite3_prepare_v3(db->handle, sql, (int)size + 1, SQLITE_PREPARE_PERSISTENT,
                           &statement, &tail))
      raise(L, db, sql);
    if (!statement || tail[strspn(tail, " \t\r\n;")]) {
      sqlite3_finalize(statement);
      luaL_error(L, "sqlite: one statement expected, see db:exec (in: %s)", sql);
    }
    lua_pushlightuserdata(L, statement); /* if this raises, db_close still finds it */
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  return statement;
}

/* A whole number goes in as INTEGER in every Lua: 5.1 has no other way to say so. */
static int bind_number(lua_State *L, sqlite3_stmt *statement, int at, int index)
{
  double number = lua_tonumber(L, index);

#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index))
    return sqlite3_bind_int64(statement, at, lua_tointeger(L, index));
#endif
  if (number >= -9007199254740992.0 && number <= 9007199254740992.0
      && number == (double)(int64_t)number)
    return sqlite3_bind_int64(statement, at, (int64_t)number);
  return sqlite3_bind_double(statement, at, number);
}

static int bind_one(lua_State *L, sqlite3_stmt *statement, int at, int index)
{
  size_t size;
  const char *text;

  switch (lua_type(L, index)) {
  case LUA_TNIL:
    return sqlite3_bind_null(statement, at);
  case LUA_TBOOLEAN:
    return sqlite3_bind_int(statement, at, lua_toboolean(L, index));
  case LUA_TNUMBER:
    return bind_number(L, statement, at, index);
  case LUA_TSTRING: /* stays on the Lua stack until the statement rests: no copy */
    text = lua_tolstring(L, index, &size);
    return sqlite3_bind_text64(statement, at, text, size, SQLITE_STATIC, SQLITE_UTF8);
  default:
    return luaL_error(L, "sqlite: cannot bind a %s as value %d (in: %s)",
                      luaL_typename(L, index), at, sqlite3_sql(statement));
  }
}

/* Statement of argument 2, bound to arguments 3 and up, ready to step. */
static sqlite3_stmt *begin(lua_State *L, struct db *db)
{
  sqlite3_stmt *statement = prepare(L, db);
  int i, given = lua_gettop(L) - 2, wanted = sqlite3_bind_parameter_count(statement);

  if (given != wanted)
    luaL_error(L, "sqlite: %d values expected, got %d (in: %s)", wanted, given,
               sqlite3_sql(statement));
  db->active = statement;
  for (i = 1; i <= given; i++)
    if (bind_one(L, statement, i, i + 2))
      raise(L, db, sqlite3_sql(statement));
  return statement;
}

/* The next row, or the end; raises, with the statement at rest, on failure. */
static bool step(lua_State *L, struct db *db)
{
  int code = sqlite3_step(db->active);

  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE) {
    const char *sql = sqlite3_sql(db->active);

    sqlite3_reset(db->active); /* keeps the message */
    raise(L, db, sql);
  }
  return false;
}

static void push_column(lua_State *L, sqlite3_stmt *statement, int column)
{
  const char *bytes;

  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_INTEGER:
    igs_pushinteger(L, sqlite3_column_int64(statement, column));
    break;
  case SQLITE_FLOAT:
    lua_pushnumber(L, sqlite3_column_double(statement, column));
    break;
  case SQLITE_NULL:
    lua_pushnil(L);
    break;
  default:
    bytes = sqlite3_column_blob(statement, column); /* TEXT too: UTF-8 as stored */
    lua_pushlstring(L, bytes ? bytes : "",
                    (size_t)sqlite3_column_bytes(statement, column));
  }
}

/* Pushes the column names once for all rows; the index of the first. */
static int push_names(lua_State *L, sqlite3_stmt *statement)
{
  int i, count = sqlite3_column_count(statement);

  luaL_checkstack(L, count + 8, "too many columns");
  for (i = 0; i < count; i++)
    lua_pushstring(L, sqlite3_column_name(statement, i));
  return lua_gettop(L) - count + 1;
}

static void push_row(lua_State *L, sqlite3_stmt *statement, int names)
{
  int i, count = sqlite3_column_count(statement);

  lua_createtable(L, 0, count);
  for (i = 0; i < count; i++) {
    if (sqlite3_column_type(statement, i) == SQLITE_NULL)
      continue;
    lua_pushvalue(L, names + i);
    push_column(L, statement, i);
    lua_rawset(L, -3);
  }
}

/* db:exec(sql): any number of statements, nothing bound, no rows */
static int db_exec(lua_State *L)
{
  struct db *db = check_db(L);
  const char *sql = luaL_checkstring(L, 2);

  if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL))
    return raise(L, db, sql);
  return 0;
}

/* db:run(sql, ...) -> changed rows, last row id */
static int db_run(lua_State *L)
{
  struct db *db = check_db(L);

  begin(L, db);
  while (step(L, db))
    ;
  rest(db);
  igs_pushinteger(L, sqlite3_changes(db->handle));
  igs_pushinteger(L, sqlite3_last_insert_rowid(db->handle));
  return 2;
}

/* db:query(sql, ...) -> array of rows, each a map by column name, NULLs absent */
static int db_query(lua_State *L)
{
  struct db *db = check_db(L);
  sqlite3_stmt *statement = begin(L, db);
  bool more = step(L, db); /* first: it may prepare anew, with other columns */
  int names = push_names(L, statement), count = 0;

  lua_newtable(L);
  for (; more; more = step(L, db)) {
    push_row(L, statement, names);
    lua_rawseti(L, -2, ++count);
  }
  rest(db);
  return 1;
}

/* db:one(sql, ...) -> the first row | nil */
static int db_one(lua_State *L)
{
  struct db *db = check_db(L);
  sqlite3_stmt *statement = begin(L, db);

  if (step(L, db))
    push_row(L, statement, push_names(L, statement));
  else
    lua_pushnil(L);
  rest(db);
  return 1;
}

static void must_exec(lua_State *L, struct db *db, const char *sql)
{
  if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL))
    raise(L, db, sql);
}

/* db:transaction(fn, ...) -> what fn returns. Rolled back when fn raises, and raised
 * again; inside another transaction it is a savepoint of that one. */
static int db_transaction(lua_State *L)
{
  struct db *db = check_db(L);
  bool outer = sqlite3_get_autocommit(db->handle);
  int status;

  luaL_checktype(L, 2, LUA_TFUNCTION);
  must_exec(L, db, outer ? "BEGIN IMMEDIATE" : "SAVEPOINT nested");
  status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
  if (!db->handle)
    return status ? lua_error(L) : luaL_error(L, "db was closed in its transaction");
  rest(db);
  if (status == 0
      && sqlite3_exec(db->handle, outer ? "COMMIT" : "RELEASE nested", NULL, NULL, NULL)
           == SQLITE_OK)
    return lua_gettop(L) - 1;
  if (status == 0)
    lua_pushfstring(L, "sqlite: %s (in: commit)", sqlite3_errmsg(db->handle));
  if (!sqlite3_get_autocommit(db->handle)) /* some errors have rolled back already */
    sqlite3_exec(db->handle, outer ? "ROLLBACK" : "ROLLBACK TO nested; RELEASE nested",
                 NULL, NULL, NULL);
  return lua_error(L);
}

/* db:backup(to): makes `to` the same as db, all of it as one change or, when it raises,
 * not at all. Neither may be in a transaction. */
static int db_backup(lua_State *L)
{
  struct db *db = check_db(L), *to = luaL_checkudata(L, 2, DB_CLASS);
  sqlite3_backup *backup;

  luaL_argcheck(L, to->handle && to != db, 2, "another, open db expected");
  rest(to);
  backup = sqlite3_backup_init(to->handle, "main", db->handle, "main");
  if (!backup)
    return raise(L, to, "backup");
  sqlite3_backup_step(backup, -1); /* what went wrong is said by finish */
  if (sqlite3_backup_finish(backup) != SQLITE_OK)
    return raise(L, to, "backup");
  return 0;
}

static int db__tostring(lua_State *L)
{
  const struct db *db = luaL_checkudata(L, 1, DB_CLASS);

  if (db->handle)
    lua_pushfstring(L, DB_CLASS " (%p)", lua_topointer(L, 1));
  else
    lua_pushstring(L, DB_CLASS " (closed)");
  return 1;
}

static void push_class(lua_State *L)
{
  static const luaL_Reg metamethods[] = {
    { "__gc", db_close },
    { "__close", db_close },
    { "__tostring", db__tostring },
    { NULL, NULL },
  };
  static const luaL_Reg methods[] = {
    { "exec", db_exec }, { "run", db_run }, { "query", db_query },
    { "one", db_one },   { "transaction", db_transaction },
    { "backup", db_backup }, { "close", db_close },
    { NULL, NULL },
  };

  igs_class(L, DB_CLASS, metamethods, methods);
}

int igs_sqlite_open(lua_State *L)
{
  static const char *const modes[] = { "rw", "r", NULL };
  const char *path = luaL_optstring(L, 1, ":memory:");
  int flags = luaL_checkoption(L, 2, "rw", modes)
                ? SQLITE_OPEN_READONLY
                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  struct db *db = lua_newuserdata(L, sizeof *db);

  db->handle = NULL;
  db->active = NULL;
  push_class(L);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  igs_setuservalue(L, -2);
  if (sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL)) {
    if (!db->handle)
      return luaL_error(L, "sqlite: no memory");
    return luaL_error(L, "sqlite: %s: %s", path, sqlite3_errmsg(db->handle));
  }
  if (!(flags & SQLITE_OPEN_READONLY) && sqlite3_db_readonly(db->handle, "main") == 1)
    return luaL_error(L, "sqlite: %s: a readonly database", path); /* by its rights */
  sqlite3_busy_timeout(db->handle, BUSY_MS);
  must_exec(L, db, "PRAGMA foreign_keys = ON");
  return 1;
}
