/* The file side of a download: the partial file, the tag that says what it is a part
 * of, the decision to resume, the rename at the end. A sink for the HTTP room. May
 * know: ig_os, ig_http's sink. Must not know: curl, calls. */
#ifndef IG_DOWNLOAD_H
#define IG_DOWNLOAD_H

#include <stdbool.h>

#include "ig_error.h"
#include "ig_http.h"

struct ig_download {
  char *path, *part, *tag;
  int fd;
  long forks;          /* ig_os_forks when it was locked */
  char validator[200]; /* ETag or Last-Modified of what the part holds; "" none */
  char range[32];      /* what to ask for, "" all */
  long long offset;    /* bytes kept from before */
  long long size;      /* bytes in the part now */
  long long total;     /* -1 unknown */
  long long furthest;  /* most bytes the part ever had, to tell whether it moves */
  bool restart;        /* what is there does not fit the answer: begin anew */
  int problem;         /* errno of a write that failed */
  struct ig_sink sink;
};

/* Opens (and locks) the partial file; IG_IO when it cannot, when another download of
 * this path runs, or when what stands at the path is no file: a rename would take a
 * device's place, and find a folder only once all is loaded. */
enum ig_kind ig_download_open(struct ig_download *download, const char *path,
                              struct ig_error *error);
/* IG_IO when the part could not be written; else IG_OK. */
enum ig_kind ig_download_problem(const struct ig_download *download,
                                 struct ig_error *error);
/* Whether the part has more bytes than it ever had when this was asked before. */
bool ig_download_moved(struct ig_download *download);
/* Before each attempt: decides from file and tag what to ask for. */
void ig_download_prepare(struct ig_download *download);
/* After an attempt that ended well: the length is checked, the file synced and renamed.
 * IG_TRANSPORT when bytes are missing (the part stays for the next attempt), IG_IO. */
enum ig_kind ig_download_finish(struct ig_download *download, struct ig_error *error);
/* Forgets what was loaded so far. */
void ig_download_forget(struct ig_download *download);
/* Closes and frees; a part with bytes stays on disk, an empty one goes. */
void ig_download_close(struct ig_download *download);

#endif
