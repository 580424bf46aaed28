/* The operating system behind a few functions: clocks, process id, once, SIGPIPE,
 * staying loaded, files. May know: OS headers. Must not know: curl, sodium, Lua. */
#ifndef IG_OS_H
#define IG_OS_H

#include <stdbool.h>
#include <stddef.h>

/* Seconds that never jump, from an arbitrary start. */
double ig_os_monotonic(void);
/* Seconds since 1970-01-01 UTC. */
double ig_os_time(void);
/* The process id. */
long ig_os_pid(void);
/* How many forks lie between this process and the one that loaded us: to notice a fork
 * without asking the kernel at every step. Counts from the first call on. */
long ig_os_forks(void);

/* Runs start once in this process, whichever thread comes first; the others wait. Two
 * rooms that need it keep a guard each. */
struct ig_once {
  int state;
};
void ig_os_once(struct ig_once *once, void (*start)(void));

/* Keeps this library mapped until the process ends: a resolver thread of curl may
 * outlive the lua_close that would unload it. Harmless where we are linked
 * statically. */
void ig_os_stay_loaded(void);
/* The address of a function of a library that was loaded with us, by its name; NULL
 * where there is none. Copy it into a function pointer: ISO C has no cast for that. */
void *ig_os_symbol(const char *name);

/* Around calls into curl: a write to a closed socket must not kill the host by SIGPIPE
 * (curl_easy_setopt NOSIGNAL leaves that to us). Always in pairs, same thread. */
struct ig_sigpipe {
  bool blocked; /* we blocked it, so we unblock it */
};
void ig_os_sigpipe_hold(struct ig_sigpipe *guard);
void ig_os_sigpipe_release(const struct ig_sigpipe *guard);

/* Files. All return 0, or errno. */

/* Opens for writing at the file's end, creating it with this mode (less the umask). Not
 * where a link leads: somebody may have laid it. */
int ig_os_open_end(const char *path, int mode, int *fd);
/* So that a program the host starts does not inherit it. */
void ig_os_close_on_exec(int fd);
/* Takes the file for this descriptor alone, without waiting; EWOULDBLOCK when another
 * holds it. Ends with the last copy of the descriptor: a forked child has one. */
int ig_os_lock(int fd);
/* Closes what was locked after so many ig_os_forks. In that process the lock ends,
 * whatever children still hold; in a child it stays the parent's. */
void ig_os_close_locked(int fd, long locked_after);
int ig_os_write(int fd, const char *bytes, size_t size);
int ig_os_truncate(int fd, long long size);
/* Whether the open file is the one that path names now. */
bool ig_os_is_at(int fd, const char *path);
/* The size of the file at path; -1 when there is none. */
long long ig_os_file_size(const char *path);
/* Whether something else than a regular file (or a link to one) stands at path: a
 * folder, a device. */
bool ig_os_is_other(const char *path);
int ig_os_sync(int fd);
void ig_os_close(int fd);
int ig_os_rename(const char *from, const char *to);
int ig_os_remove(const char *path);
/* Opens a regular file (nothing else: a pipe would block) and tells its size. */
int ig_os_open_read(const char *path, int *fd, long long *size);
/* Reads at most room bytes, less only at the file's end; *got says how many. */
int ig_os_read(int fd, char *bytes, size_t room, size_t *got);
/* Reads at most room bytes of a file; returns the count, -1 when it cannot be read, or
 * is a link. */
long ig_os_read_file(const char *path, char *bytes, size_t room);
/* Makes the folder's entry for path last, as far as the folder may be opened. */
int ig_os_sync_folder(const char *path);
/* The file has these bytes or what it had before, whenever the process stops: a new
 * file of this mode beside it, renamed. Nothing waits for the disk: when the machine
 * stops, it may have others. */
int ig_os_replace_file(const char *path, int mode, const char *bytes, size_t size);
/* A new file with these bytes, whole or not at all; EEXIST when anything stands at
 * path, which stays as it is, whoever else makes one at the same time. */
int ig_os_create_file(const char *path, int mode, const char *bytes, size_t size);
/* As ig_os_replace_file, for a folder's own files: what root writes belongs to the
 * folder's owner. Lasting: also when the machine stops (fsync, rename, fsync of the
 * folder). */
int ig_os_replace_entry(const char *path, int mode, const char *bytes, size_t size,
                        bool lasting);
/* Opens (and makes, for the folder's owner) a file that is only there to be locked;
 * ig_os_lock it. */
int ig_os_open_lock(const char *path, int *fd);
int ig_os_make_folder(const char *path, int mode);
/* Calls back with each name in the folder but . and ..; stops when told false. */
int ig_os_list(const char *path, bool (*each)(void *self, const char *name),
               void *self);
/* Words for an errno, in the caller's buffer. */
const char *ig_os_error(int number, char *text, size_t room);

#endif
