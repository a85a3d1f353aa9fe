/* Preloaded into a process, makes every disk as plain as FAT: nothing is linked, and where PLAIN_DISK is "open" whoever creates
   a file can't keep others from reading it, as if it were mounted without a umask. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int linkat(int from, const char *path, int to, const char *link, int flags) {
    errno = EPERM;
    return -1;
}

int link(const char *path, const char *link) { return linkat(AT_FDCWD, path, AT_FDCWD, link, 0); }

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    const char *said = getenv("PLAIN_DISK");
    if (fd >= 0 && flags & O_CREAT && said && strcmp(said, "open") == 0) syscall(SYS_fchmod, fd, 0755);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return open64(path, flags, mode);
}
