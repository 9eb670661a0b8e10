/* For lobject.c: integers as text. Included in its midst, as it uses what is there (0005-inline-paths). */
/*
** Write an integer in decimal; without 'snprintf', which is slower.
*/
static int integertext (char *buff, lua_Integer n) {
  char digits[MAXNUMBER2STR];
  int len = 0, at = 0;
  lua_Unsigned left = n < 0 ? 0u - l_castS2U(n) : l_castS2U(n);
  unsigned int low;
  for (; left > UINT_MAX; left /= 10)
    digits[len++] = cast_char('0' + left % 10);
  low = cast_uint(left);  /* 32-bit divisions are faster */
  do {
    digits[len++] = cast_char('0' + low % 10);
    low /= 10;
  } while (low != 0);
  if (n < 0)
    buff[at++] = '-';
  while (len > 0)
    buff[at++] = digits[--len];
  return at;
}
