/* Module instagram.sandbox.native, preloaded in the sandbox's own state: SQLite,
 * digests, base64, files, POSTs. No clock and no chance in it. May know: lua.h. */
#ifndef IGS_NATIVE_H
#define IGS_NATIVE_H

struct lua_State;

#define IGS_POSTER "instagram.sandbox.poster" /* registry: struct igs_poster, or NULL */

/* The module's loader (native.c). */
int igs_native_open(struct lua_State *L);
/* native.sqlite([path [, "rw" | "r"]]) -> db (sqlite.c). Raises SQLite's message. */
int igs_sqlite_open(struct lua_State *L);
/* native.zip(path) -> zip | nil, message (archive.c). */
int igs_zip_open(struct lua_State *L);

#endif
