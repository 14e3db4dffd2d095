/* Egress: libsrtp over a batch of packets, and one call to the kernel for a batch of viewers.
 * The same as egress.py does where this was not built.
 */
#include "_native.h"

#define MESSAGES 64
#define BATCH_BYTES (128 * 1024) /* stays in the second-level cache */

/* Packets that leave in one call, before encryption. */
struct burst {
    const unsigned char *plain;
    Py_ssize_t size;
    Py_ssize_t stride;
    const uint16_t *lengths;
    int count;
};

struct batch {
    int fd;
    int has_segments;
    srtp_function protect;
    int count;
    Py_ssize_t used;
    int error;
    PyObject *refused;
};

/* What libsrtp writes behind the last packet at most, whatever its caller says of the room. */
#define TRAILER_BYTES 144

static unsigned char memory[BATCH_BYTES + TRAILER_BYTES];
static struct mmsghdr messages[MESSAGES];
static struct iovec pieces[MESSAGES];
static Py_ssize_t owners[MESSAGES];
static union {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr aligned;
} controls[MESSAGES];

static int refuse(struct batch *batch, Py_ssize_t owner)
{
    PyObject *number = PyLong_FromSsize_t(owner);
    if (number == NULL)
        return -1;
    int failed = PyList_Append(batch->refused, number);
    Py_DECREF(number);
    return failed;
}

static int flush(struct batch *batch)
{
    int done = 0;
    while (done < batch->count) {
        int sent = sendmmsg(batch->fd, messages + done, batch->count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += sent;
        } else if (errno != EINTR) {
            batch->error = errno;
            if (refuse(batch, owners[done++]) < 0)
                return -1;
        }
    }
    batch->count = 0;
    batch->used = 0;
    return 0;
}

static void add_message(struct batch *batch, const struct way *way, Py_ssize_t owner,
                        unsigned char *start, size_t size, uint16_t cut)
{
    int at = batch->count++;
    struct msghdr *header = &messages[at].msg_hdr;
    memset(header, 0, sizeof *header);
    pieces[at].iov_base = start;
    pieces[at].iov_len = size;
    owners[at] = owner;
    header->msg_iov = &pieces[at];
    header->msg_iovlen = 1;
    header->msg_name = (void *)way->address;
    header->msg_namelen = way->address_bytes;
    if (cut == 0)
        return;
    header->msg_control = controls[at].bytes;
    header->msg_controllen = sizeof controls[at].bytes;
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    memcpy(CMSG_DATA(control), &cut, sizeof cut);
}

static void write_16(unsigned char *at, unsigned int value)
{
    at[0] = value >> 8 & 0xFF;
    at[1] = value & 0xFF;
}

/* As shift.py does it: sequence number and timestamp stand behind two bytes of the header. */
static void shift(const struct way *way, unsigned char *at, Py_ssize_t stride, int count)
{
    if ((way->sequence_shift & 0xFFFF) == 0 && way->timestamp_shift == 0)
        return;
    for (unsigned char *header = at; count > 0; count--, header += stride) {
        unsigned int timestamp = read_32(header + 4) + way->timestamp_shift;
        write_16(header + 2, read_16(header + 2) + way->sequence_shift);
        write_16(header + 4, timestamp >> 16);
        write_16(header + 6, timestamp);
    }
}

static int encrypt(srtp_function protect, const struct way *way, unsigned char *at,
                   const struct burst *burst)
{
    for (int i = 0; i < burst->count; i++) {
        int length = burst->lengths[i];
        if (protect((void *)(uintptr_t)way->context, at + i * burst->stride, &length) != 0)
            return -1;
    }
    return 0;
}

/* Sets the exception and answers 0 where the burst is none. */
static int is_burst(const struct burst *burst, Py_ssize_t ways_bytes)
{
    if (burst->count < 1 || burst->count > PACKETS || burst->size > BATCH_BYTES ||
        burst->stride < 1 || burst->stride > 65535 ||
        (burst->count - 1) * burst->stride >= burst->size ||
        ways_bytes % (Py_ssize_t)sizeof(struct way) != 0) {
        PyErr_SetString(PyExc_ValueError, "not a burst, or not viewers");
        return 0;
    }
    for (int i = 0; i < burst->count; i++) {
        if (burst->lengths[i] < HEADER_BYTES ||
            i * burst->stride + burst->lengths[i] > burst->size) {
            PyErr_SetString(PyExc_ValueError, "a packet of the burst is no packet, or ends outside it");
            return 0;
        }
    }
    return 1;
}

/* One viewer's messages, encrypted; what is full is sent before. */
static int add_viewer(struct batch *batch, const struct burst *burst, const struct way *way,
                      Py_ssize_t viewer)
{
    int needed = batch->has_segments || burst->count == 1 ? 1 : burst->count;
    if ((batch->used + burst->size > BATCH_BYTES || batch->count + needed > MESSAGES) &&
        flush(batch) < 0)
        return -1;
    unsigned char *at = memory + batch->used;
    memcpy(at, burst->plain, burst->size);
    shift(way, at, burst->stride, burst->count);
    if (encrypt(batch->protect, way, at, burst) < 0)
        return refuse(batch, viewer);
    batch->used += burst->size;
    if (needed == 1) {
        add_message(batch, way, viewer, at, burst->size,
                    burst->count > 1 ? (uint16_t)burst->stride : 0);
        return 0;
    }
    for (int i = 0; i < burst->count; i++) {
        Py_ssize_t rest = burst->size - i * burst->stride;
        add_message(batch, way, viewer, at + i * burst->stride,
                    rest < burst->stride ? rest : burst->stride, 0);
    }
    return 0;
}

static PyObject *send_to_all(struct batch *batch, const struct burst *burst, const Py_buffer *ways)
{
    Py_ssize_t viewers = ways->len / (Py_ssize_t)sizeof(struct way);
    if (!is_burst(burst, ways->len) || (batch->refused = PyList_New(0)) == NULL)
        return NULL;
    for (Py_ssize_t viewer = 0; viewer < viewers; viewer++) {
        if (add_viewer(batch, burst, (const struct way *)ways->buf + viewer, viewer) < 0)
            return NULL;
    }
    return flush(batch) < 0 ? NULL : Py_BuildValue("Oi", batch->refused, batch->error);
}

const char native_send_doc[] =
"send(fd, protect, burst, stride, lengths, ways, has_segments) -> (refused, errno)\n\n"
"Encrypt a burst for each viewer and send it. `burst` is the plain packets with room for tags,\n"
"`lengths` their native uint16 lengths, `ways` packed viewers. Gives the indices of viewers that\n"
"did not get all of it, and the last error of the kernel.";

PyObject *native_send(PyObject *self, PyObject *arguments)
{
    unsigned long long protect;
    Py_buffer plain = {0}, lengths = {0}, ways = {0};
    struct batch batch = {0};
    struct burst burst = {0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "iKy*ny*y*p", &batch.fd, &protect, &plain, &burst.stride,
                          &lengths, &ways, &batch.has_segments))
        return NULL;
    batch.protect = (srtp_function)(uintptr_t)protect;
    burst.plain = plain.buf;
    burst.size = plain.len;
    burst.lengths = lengths.buf;
    burst.count = (int)(lengths.len / (Py_ssize_t)sizeof(uint16_t));
    PyObject *answer = send_to_all(&batch, &burst, &ways);
    Py_XDECREF(batch.refused);
    PyBuffer_Release(&plain);
    PyBuffer_Release(&lengths);
    PyBuffer_Release(&ways);
    return answer;
}
