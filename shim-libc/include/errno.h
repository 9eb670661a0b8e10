/* One thread, so errno is a plain variable. The numbers are Linux's, which scripts may have seen. */
#ifndef SHIM_ERRNO_H
#define SHIM_ERRNO_H

extern int errno;

#define EBADF 9
#define ENOTSUP 95

#endif
