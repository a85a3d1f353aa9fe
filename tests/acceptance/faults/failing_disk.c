/* Preloaded into a process, makes the disk below the folder FAILING_DISK fail as the file FAILING_DISK_MODE says, for as long
   as it is there: "GROW" (full: nothing grows), "ENOSPC" (full, and nothing at all is written, as on disks that copy what
   they write), "EDQUOT" (the user's share is used up, of which the disk itself tells nothing), "EROFS" (remounted read-only after an
   error) or "EIO" (writing fails). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(const char *path) {
    const char *folder = getenv("FAILING_DISK"), *mode = getenv("FAILING_DISK_MODE");
    char said[8] = "";
    if (!folder || !mode || strncmp(path, folder, strlen(folder)) != 0) return 0;
    int fd = syscall(SYS_openat, AT_FDCWD, mode, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t length = syscall(SYS_read, fd, said, sizeof said - 1);
    syscall(SYS_close, fd);
    if (length <= 0) return 0;
    if (strncmp(said, "EDQUOT", 6) == 0) return EDQUOT;
    return strncmp(said, "GROW", 4) == 0 ? -1 : strncmp(said, "ENOSPC", 6) == 0 ? ENOSPC : strncmp(said, "EROFS", 5) == 0 ? EROFS : EIO;
}

static int file_fails(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return fails(path);
}

static int refuses(int fd, off64_t end) {
    struct stat found;
    int error = file_fails(fd);
    if (error < 0) error = end > 0 && fstat(fd, &found) == 0 && end > found.st_size ? ENOSPC : 0;
    if (error) errno = error;
    return error;
}

#define REFUSE(fd) do { if (refuses(fd, 0)) return -1; } while (0)

ssize_t write(int fd, const void *from, size_t size) {
    if (refuses(fd, lseek(fd, 0, SEEK_CUR) + (off64_t)size)) return -1;
    return syscall(SYS_write, fd, from, size);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    if (refuses(fd, at + (off64_t)size)) return -1;
    return syscall(SYS_pwrite64, fd, from, size, at);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { return pwrite64(fd, from, size, at); }

ssize_t pwritev64(int fd, const struct iovec *from, int parts, off64_t at) {
    off64_t end = at;
    for (int part = 0; part < parts; part++) end += from[part].iov_len;
    if (refuses(fd, end)) return -1;
    return syscall(SYS_pwritev, fd, from, parts, at, 0);
}

ssize_t pwritev(int fd, const struct iovec *from, int parts, off_t at) { return pwritev64(fd, from, parts, at); }

int posix_fallocate64(int fd, off64_t at, off64_t size) {
    if (refuses(fd, at + size)) return errno;
    return syscall(SYS_fallocate, fd, 0, at, size) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t at, off_t size) { return posix_fallocate64(fd, at, size); }

int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    if (refuses(fd, at + size)) return -1;
    return syscall(SYS_fallocate, fd, mode, at, size);
}

int fallocate(int fd, int mode, off_t at, off_t size) { return fallocate64(fd, mode, at, size); }

int ftruncate64(int fd, off64_t size) {
    if (refuses(fd, size)) return -1;
    return syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    REFUSE(fd);
    return syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    REFUSE(fd);
    return syscall(SYS_fdatasync, fd);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int), error = flags & (O_WRONLY | O_RDWR | O_CREAT) ? fails(path) : 0;
    va_end(more);
    if (error == EROFS || (error > 0 && flags & O_CREAT && access(path, F_OK) != 0)) {
        errno = error;
        return -1;
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return open64(path, flags, mode);
}

/* A full disk has no room, and one that was remounted says so: those who look are told. */
int statvfs64(const char *path, struct statvfs64 *found) {
    static int (*next)(const char *, struct statvfs64 *);
    if (!next) next = dlsym(RTLD_NEXT, "statvfs64");
    int done = next(path, found), error = fails(path);
    if (done == 0 && (error == ENOSPC || error < 0)) found->f_bavail = found->f_bfree = 0;
    if (done == 0 && error == EROFS) found->f_flag |= ST_RDONLY;
    return done;
}

int statvfs(const char *path, struct statvfs *found) { return statvfs64(path, (struct statvfs64 *)found); }
