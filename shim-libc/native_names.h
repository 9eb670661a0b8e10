/*
** For native builds: gives every public name of the shim a prefix, so that the tests can hold it against
** the host's libc in one process. Comes before any header (-include native_names.h).
*/
#ifndef SHIM_NATIVE_NAMES_H
#define SHIM_NATIVE_NAMES_H

#define abs shim_abs
#define acos shim_acos
#define asin shim_asin
#define atan2 shim_atan2
#define clearerr shim_clearerr
#define clock shim_clock
#define cos shim_cos
#define cosh shim_cosh
#define difftime shim_difftime
#define errno shim_errno
#define exp shim_exp
#define fclose shim_fclose
#define feof shim_feof
#define ferror shim_ferror
#define fflush shim_fflush
#define fgets shim_fgets
#define fmod shim_fmod
#define fopen shim_fopen
#define fputs shim_fputs
#define fread shim_fread
#define freopen shim_freopen
#define frexp shim_frexp
#define fseek shim_fseek
#define ftell shim_ftell
#define fwrite shim_fwrite
#define getc shim_getc
#define getenv shim_getenv
#define gmtime shim_gmtime
#define isalnum shim_isalnum
#define isalpha shim_isalpha
#define iscntrl shim_iscntrl
#define isdigit shim_isdigit
#define isgraph shim_isgraph
#define islower shim_islower
#define ispunct shim_ispunct
#define isspace shim_isspace
#define isupper shim_isupper
#define isxdigit shim_isxdigit
#define localtime shim_localtime
#define log shim_log
#define log10 shim_log10
#define log2 shim_log2
#define memchr shim_memchr
#define memcmp shim_memcmp
#define mktime shim_mktime
#define pow shim_pow
#define remove shim_remove
#define rename shim_rename
#define setlocale shim_setlocale
#define setvbuf shim_setvbuf
#define sin shim_sin
#define sinh shim_sinh
#define snprintf shim_snprintf
#define strchr shim_strchr
#define strcmp shim_strcmp
#define strcpy shim_strcpy
#define strcspn shim_strcspn
#define strerror shim_strerror
#define strftime shim_strftime
#define strlen shim_strlen
#define strncmp shim_strncmp
#define strpbrk shim_strpbrk
#define strspn shim_strspn
#define strstr shim_strstr
#define strtod shim_strtod
#define system shim_system
#define tan shim_tan
#define tanh shim_tanh
#define time shim_time
#define tmpfile shim_tmpfile
#define tolower shim_tolower
#define toupper shim_toupper
#define ungetc shim_ungetc
#define vsnprintf shim_vsnprintf

#endif
