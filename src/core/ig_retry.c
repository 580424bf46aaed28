/* Again, or not, and when. */
#include "ig_retry.h"

bool ig_retry_allowed(const struct ig_error *error, bool idempotent, bool answered)
{
  if (!idempotent)
    return false;
  switch (error->kind) {
  case IG_TRANSPORT:
  case IG_TRANSIENT:
    return true;
  case IG_TIMEOUT:
    /* An answer that came too slowly comes too slowly again. */
    return !answered;
  default:
    return false;
  }
}

double ig_backoff(int attempt, double random01)
{
  static const double base = 0.5, cap = 20;
  double most = base;

  for (int i = 1; i < attempt && most < cap; i++)
    most *= 2;
  if (most > cap)
    most = cap;
  if (!(random01 > 0)) /* NaN too */
    return 0;
  return most * (random01 < 1 ? random01 : 1);
}
