/* Conditions and ranges. May know: libc. */
#include "files.h"

#include <stddef.h>
#include <string.h>

/* Past the weak mark; tags compare weakly for If-None-Match. */
static const char *opaque(const char *tag)
{
  return strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;
}

static bool list_has(const char *list, const char *etag)
{
  const char *tag = opaque(etag);
  size_t size = strlen(tag);

  if (strcmp(list, "*") == 0)
    return true;
  while (*list) {
    list += strspn(list, " \t,");
    list = opaque(list);
    if (strncmp(list, tag, size) == 0 && (!list[size] || strchr(" \t,", list[size])))
      return true;
    list += strcspn(list, ",");
  }
  return false;
}

static bool not_modified(const struct igs_conditions *c)
{
  if (c->if_none_match)
    return c->etag && list_has(c->if_none_match, c->etag);
  return c->if_modified_since && c->last_modified
         && strcmp(c->if_modified_since, c->last_modified) == 0;
}

/* A weak tag never matches here: half of one version must not meet half of another. */
static bool range_still_wanted(const struct igs_conditions *c)
{
  if (!c->if_range)
    return true;
  if (c->if_range[0] == '"')
    return c->etag && strcmp(c->if_range, c->etag) == 0;
  return c->last_modified && strcmp(c->if_range, c->last_modified) == 0;
}

/* Digits into a number; false when there are none or too many. */
static bool read_number(const char **at, uint64_t *number)
{
  const char *start = *at;

  for (*number = 0; **at >= '0' && **at <= '9'; (*at)++)
    *number = *number * 10 + (uint64_t)(**at - '0');
  return *at > start && *at - start <= 18;
}

enum range { RANGE_IGNORE, RANGE_OK, RANGE_BEYOND };

static enum range suffix_range(const char *at, uint64_t size, struct igs_slice *slice)
{
  uint64_t last;

  if (!read_number(&at, &last) || *at)
    return RANGE_IGNORE;
  if (last == 0 || size == 0)
    return RANGE_BEYOND;
  slice->length = last < size ? last : size;
  slice->offset = size - slice->length;
  return RANGE_OK;
}

static enum range read_range(const char *at, uint64_t size, struct igs_slice *slice)
{
  uint64_t first, last = UINT64_MAX;

  if (strncmp(at, "bytes=", 6) != 0)
    return RANGE_IGNORE;
  at += 6;
  if (*at == '-')
    return suffix_range(at + 1, size, slice);
  if (!read_number(&at, &first) || *at++ != '-')
    return RANGE_IGNORE;
  if (*at && (!read_number(&at, &last) || *at || last < first))
    return RANGE_IGNORE;
  if (first >= size)
    return RANGE_BEYOND;
  slice->offset = first;
  slice->length = (last < size ? last : size - 1) - first + 1;
  return RANGE_OK;
}

void igs_slice_pick(const struct igs_conditions *conditions, uint64_t size,
                    struct igs_slice *slice)
{
  enum range range = RANGE_IGNORE;

  slice->status = 200;
  slice->offset = 0;
  slice->length = size;
  if (not_modified(conditions)) {
    slice->status = 304;
    slice->length = 0;
    return;
  }
  if (conditions->get && conditions->range && range_still_wanted(conditions))
    range = read_range(conditions->range, size, slice);
  if (range == RANGE_OK)
    slice->status = 206;
  if (range == RANGE_BEYOND) {
    slice->status = 416;
    slice->length = 0;
  }
}
