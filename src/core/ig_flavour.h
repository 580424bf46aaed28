/* What differs between the two flavours of the API, as one table of data: hosts,
 * scopes, fields with the version they came in, edges, window options, limits.
 * Requests, field checks, types and docs are made from it; nothing else branches on the
 * flavour. May know: libc. Must not know: how any of it is used. */
#ifndef IG_FLAVOUR_H
#define IG_FLAVOUR_H

#include <stdbool.h>
#include <stddef.h>

enum ig_field_type {
  IG_FIELD_STRING,
  IG_FIELD_NUMBER,
  IG_FIELD_BOOLEAN,
  IG_FIELD_TIME,   /* a string such as 2021-09-14T02:31:30+0000 */
  IG_FIELD_EDGE,   /* {data = [...]}, may be expanded: children{id} */
  IG_FIELD_OBJECT
};

/* Where a fact comes from: Meta's documentation, a recording or log, our judgement. */
enum ig_evidence { IG_DOCUMENTED = 'D', IG_OBSERVED = 'O', IG_INFERRED = 'I' };

struct ig_field {
  const char *name;  /* NULL ends a list */
  enum ig_field_type type;
  int since;         /* 100*N+M for vN.M; 0: in all versions, or not established */
  bool in_default;   /* asked for when the caller names no fields */
  enum ig_evidence evidence;
  const char *note;  /* one plain sentence for docs and errors; "" when there is none */
};

struct ig_scope {
  const char *name;        /* in the window's address; NULL ends the list */
  const char *permission;  /* what it grants, by the name token answers use */
  bool required;           /* the window refuses without it */
  bool in_default;         /* asked for when the caller names no scope */
  enum ig_evidence evidence;
  const char *note;
};

struct ig_edge {
  const char *name;        /* the path's last part; NULL ends the list */
  const char *on;          /* "user" or "media" */
  const struct ig_field *fields; /* what its items have; NULL: not listed here */
  const char *permission;  /* by the name of ig_scope.permission; a comma list: all */
  bool readable;           /* GET */
  bool writable;           /* POST */
  enum ig_evidence evidence;
  const char *note;
};

/* A parameter of the Authorization Window that only some flavours know. */
struct ig_window_option {
  const char *name;  /* NULL ends the list */
  enum ig_field_type type;
  enum ig_evidence evidence;
  const char *note;
};

struct ig_flavour {
  const char *name;           /* "instagram_login"; NULL ends the table */
  const char *title;          /* as Meta calls the product */
  /* Addresses: origin (no path, no final slash) and path, apart for base_url. */
  const char *authorize_origin;
  const char *authorize_path;
  const char *token_origin;
  const char *token_path;     /* POST: code to short-lived token */
  const char *graph_origin;
  const char *exchange_path;  /* GET on the graph origin: short to long-lived */
  const char *refresh_path;   /* GET on the graph origin */
  const struct ig_scope *scopes;
  const char *default_scope;  /* comma list, as sent */
  const struct ig_field *user_fields;
  const struct ig_field *media_fields;
  const struct ig_field *child_fields; /* a medium inside an album */
  const struct ig_edge *edges;
  const struct ig_window_option *window_options;
  const char *const *account_types;    /* as on the wire; NULL ends the list */
  const char *user_path_field; /* which field of /me names the user in paths */
  bool can_publish;           /* POST and DELETE exist */
  int max_page;               /* largest limit= of a list call */
  int default_page;           /* what the service sends when none is asked for */
  int max_ids;                /* most ids in one ?ids= call */
};

/* Both flavours, the default one first; an entry without a name ends it. */
extern const struct ig_flavour ig_flavours[];

/* NULL when there is none of that name. */
const struct ig_flavour *ig_flavour_by_name(const char *name);
/* "string", "number", "boolean", "time", "edge", "object"; static text. */
const char *ig_field_type_name(enum ig_field_type type);
/* "v21.0" is 2100. 0 when it is no version, which must be "vN.M" and nothing else. */
int ig_version_number(const char *text);

#endif
