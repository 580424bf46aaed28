/* What of the disk more than one file of native needs. May know: lua.h. */
#ifndef IGS_DISK_H
#define IGS_DISK_H

struct lua_State;

/* nil, "WHAT: the text of errno"; returns 2. */
int igs_disk_fail(struct lua_State *L, const char *what);
/* Adds native's functions about files and folders to the table on top (disk.c). */
void igs_disk_register(struct lua_State *L);

#endif
