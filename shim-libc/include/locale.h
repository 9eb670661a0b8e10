/* There is one locale, "C". Lua's decimal point is a macro, so localeconv is not needed. */
#ifndef SHIM_LOCALE_H
#define SHIM_LOCALE_H

#define LC_CTYPE 0
#define LC_NUMERIC 1
#define LC_TIME 2
#define LC_COLLATE 3
#define LC_MONETARY 4
#define LC_ALL 6

char *setlocale(int category, const char *locale);

#endif
