/* For lstrlib.c: what tries one byte against one item of a pattern is part of the loops that do. */

struct MatchState;
static __attribute__((always_inline)) int singlematch(struct MatchState *ms, const char *s, const char *p, const char *ep);
