/* Messages for the errors that this library sets. */
#include <errno.h>
#include <string.h>

char *strerror(int code) {
  switch (code) {
    case EBADF: return (char *)"Bad file descriptor";
    case ENOTSUP: return (char *)"not supported";
    default: return (char *)"Unknown error";
  }
}
