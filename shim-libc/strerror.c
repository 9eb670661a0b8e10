/* Messages for the errors that this library and Lua can meet. */
#include <errno.h>
#include <string.h>

char *strerror(int code) {
  switch (code) {
    case 0: return (char *)"Success";
    case ENOENT: return (char *)"No such file or directory";
    case EBADF: return (char *)"Bad file descriptor";
    case ENOMEM: return (char *)"Cannot allocate memory";
    case EINVAL: return (char *)"Invalid argument";
    case EDOM: return (char *)"Numerical argument out of domain";
    case ERANGE: return (char *)"Numerical result out of range";
    case EOVERFLOW: return (char *)"Value too large for defined data type";
    case ENOTSUP: return (char *)"not supported";
    default: return (char *)"Unknown error";
  }
}
