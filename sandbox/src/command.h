/* What the command needs of the system and Lua does not have: a program to run, a
 * private folder, is this a terminal. May know: lua.h. */
#ifndef IGS_COMMAND_H
#define IGS_COMMAND_H

#include <lua.h>

/* Adds hold_signals, run, private_folder and is_terminal to the table on the stack. */
void igs_command_register(lua_State *L);

#endif
