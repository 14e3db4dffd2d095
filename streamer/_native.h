/* What the parts of the inner loop share. */
#ifndef POLLCAM_NATIVE_H
#define POLLCAM_NATIVE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#define _GNU_SOURCE
#include <Python.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define HEADER_BYTES 12
#define PACKETS 64 /* what the kernel cuts at most, on any version */

typedef int (*srtp_function)(void *context, void *packet, int *length);

/* As native.py has it: "=QIII28s". */
struct __attribute__((packed)) way {
    uint64_t context;
    uint32_t sequence_shift;
    uint32_t timestamp_shift;
    uint32_t address_bytes;
    unsigned char address[28];
};

static inline unsigned int read_16(const unsigned char *at)
{
    return (unsigned int)at[0] << 8 | at[1];
}

static inline unsigned int read_32(const unsigned char *at)
{
    return read_16(at) << 16 | read_16(at + 2);
}

extern const char native_send_doc[], native_open_doc[], native_gather_doc[], native_receive_doc[];
PyObject *native_send(PyObject *self, PyObject *arguments);
PyObject *native_open(PyObject *self, PyObject *arguments);
PyObject *native_gather(PyObject *self, PyObject *arguments);
PyObject *native_receive(PyObject *self, PyObject *arguments);

#endif
