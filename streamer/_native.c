/* The inner loop of egress and ingest: libsrtp over a batch of packets, and one call to the
 * kernel for a batch of viewers. Optional: egress.py and udp/opening.py do the same in Python
 * where this was not built. It links to nothing; the addresses of libsrtp's functions come from
 * pylibsrtp's binding. The GIL is held throughout, so the buffers can be static.
 */
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

#define MESSAGES 64
#define BATCH_BYTES (128 * 1024) /* stays in the second-level cache */
#define HEADER_BYTES 12
#define PACKETS 64               /* what the kernel cuts at most, on any version */

typedef int (*srtp_function)(void *context, void *packet, int *length);

/* As egress.py packs it: "=QIII28s". */
struct __attribute__((packed)) way {
    uint64_t context;
    uint32_t sequence_shift;
    uint32_t timestamp_shift;
    uint32_t address_bytes;
    unsigned char address[28];
};

struct batch {
    int fd;
    int count;
    Py_ssize_t used;
    int error;
    PyObject *refused;
};

static unsigned char memory[BATCH_BYTES];
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

static unsigned int read_16(const unsigned char *at)
{
    return (unsigned int)at[0] << 8 | at[1];
}

static unsigned int read_32(const unsigned char *at)
{
    return read_16(at) << 16 | read_16(at + 2);
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
                   Py_ssize_t stride, const uint16_t *lengths, int count)
{
    for (int i = 0; i < count; i++) {
        int length = lengths[i];
        if (protect((void *)(uintptr_t)way->context, at + i * stride, &length) != 0)
            return -1;
    }
    return 0;
}

PyDoc_STRVAR(send_doc,
"send(fd, protect, burst, stride, lengths, ways, has_segments) -> (refused, errno)\n\n"
"Encrypt a burst for each viewer and send it. `burst` is the plain packets with room for tags,\n"
"`lengths` their native uint16 lengths, `ways` packed viewers. Gives the indices of viewers that\n"
"did not get all of it, and the last error of the kernel.");

static PyObject *native_send(PyObject *self, PyObject *arguments)
{
    int fd, has_segments;
    unsigned long long protect;
    Py_ssize_t stride;
    Py_buffer burst = {0}, lengths = {0}, ways = {0};
    PyObject *answer = NULL;
    struct batch batch = {0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "iKy*ny*y*p", &fd, &protect, &burst, &stride, &lengths, &ways,
                          &has_segments))
        return NULL;
    int count = (int)(lengths.len / sizeof(uint16_t));
    const uint16_t *plain = lengths.buf;
    Py_ssize_t viewers = ways.len / (Py_ssize_t)sizeof(struct way);
    int needed = has_segments || count == 1 ? 1 : count;
    batch.fd = fd;
    if (count < 1 || count > PACKETS || burst.len > BATCH_BYTES || stride < 1 || stride > 65535 ||
        (count - 1) * stride >= burst.len || ways.len % (Py_ssize_t)sizeof(struct way) != 0) {
        PyErr_SetString(PyExc_ValueError, "not a burst, or not viewers");
        goto done;
    }
    for (int i = 0; i < count; i++) {
        if (plain[i] < HEADER_BYTES || i * stride + plain[i] > burst.len) {
            PyErr_SetString(PyExc_ValueError, "a packet of the burst is no packet, or ends outside it");
            goto done;
        }
    }
    if ((batch.refused = PyList_New(0)) == NULL)
        goto done;
    for (Py_ssize_t viewer = 0; viewer < viewers; viewer++) {
        const struct way *way = (const struct way *)ways.buf + viewer;
        if ((batch.used + burst.len > BATCH_BYTES || batch.count + needed > MESSAGES) &&
            flush(&batch) < 0)
            goto done;
        unsigned char *at = memory + batch.used;
        memcpy(at, burst.buf, burst.len);
        shift(way, at, stride, count);
        if (encrypt((srtp_function)(uintptr_t)protect, way, at, stride, plain, count) < 0) {
            if (refuse(&batch, viewer) < 0)
                goto done;
            continue;
        }
        batch.used += burst.len;
        if (needed == 1) {
            add_message(&batch, way, viewer, at, burst.len, count > 1 ? (uint16_t)stride : 0);
            continue;
        }
        for (int i = 0; i < count; i++) {
            Py_ssize_t rest = burst.len - i * stride;
            add_message(&batch, way, viewer, at + i * stride, rest < stride ? rest : stride, 0);
        }
    }
    if (flush(&batch) == 0)
        answer = Py_BuildValue("Oi", batch.refused, batch.error);
done:
    Py_XDECREF(batch.refused);
    PyBuffer_Release(&burst);
    PyBuffer_Release(&lengths);
    PyBuffer_Release(&ways);
    return answer;
}

PyDoc_STRVAR(open_doc,
"open(unprotect, context, datagrams, stride) -> list of plain packets\n\n"
"Decrypt, in place, datagrams that lie `stride` bytes apart in a writable buffer; those that\n"
"libsrtp refuses are left out.");

static PyObject *native_open(PyObject *self, PyObject *arguments)
{
    unsigned long long unprotect, context;
    Py_ssize_t stride;
    Py_buffer datagrams = {0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "KKw*n", &unprotect, &context, &datagrams, &stride))
        return NULL;
    PyObject *packets = stride > 0 ? PyList_New(0) : NULL;
    if (stride <= 0)
        PyErr_SetString(PyExc_ValueError, "a stride is above zero");
    for (Py_ssize_t at = 0; packets != NULL && at < datagrams.len; at += stride) {
        char *start = (char *)datagrams.buf + at;
        int length = (int)(datagrams.len - at < stride ? datagrams.len - at : stride);
        if (((srtp_function)(uintptr_t)unprotect)((void *)(uintptr_t)context, start, &length) != 0)
            continue;
        PyObject *packet = PyBytes_FromStringAndSize(start, length);
        if (packet == NULL || PyList_Append(packets, packet) < 0)
            Py_CLEAR(packets);
        Py_XDECREF(packet);
    }
    PyBuffer_Release(&datagrams);
    return packets;
}

struct media {
    const unsigned char *payload;
    Py_ssize_t size;
    unsigned int payload_type, is_marked, sequence, timestamp, ssrc;
};

/* As rtp/packet.py reads it. Source: RFC 3550 section 5.1. */
static int read_media(const unsigned char *data, Py_ssize_t size, struct media *media)
{
    if (size < 12 || data[0] >> 6 != 2)
        return -1;
    Py_ssize_t start = 12 + 4 * (data[0] & 0x0F);
    if (data[0] & 0x10) {
        if (size < start + 4)
            return -1;
        start += 4 + 4 * (Py_ssize_t)read_16(data + start + 2);
    }
    Py_ssize_t end = data[0] & 0x20 ? size - data[size - 1] : size;
    if (start > end)
        return -1;
    media->payload = data + start;
    media->size = end - start;
    media->payload_type = data[1] & 0x7F;
    media->is_marked = data[1] >> 7;
    media->sequence = read_16(data + 2);
    media->timestamp = read_32(data + 4);
    media->ssrc = read_32(data + 8);
    return 0;
}

#define FU_A 28
#define FU_START 0x80
#define FU_END 0x40

static int is_fragment(const struct media *media)
{
    return media->size > 2 && (media->payload[0] & 0x1F) == FU_A;
}

/* Whether both are neighbouring fragments of one NAL unit. Source: RFC 6184 section 5.8. */
static int goes_on(const struct media *last, const struct media *next)
{
    return next->sequence == ((last->sequence + 1) & 0xFFFF) && next->ssrc == last->ssrc &&
           next->timestamp == last->timestamp && next->payload_type == last->payload_type &&
           !last->is_marked && is_fragment(next) && next->payload[0] == last->payload[0] &&
           !(last->payload[1] & FU_END) && !(next->payload[1] & FU_START) &&
           ((next->payload[1] ^ last->payload[1]) & 0x1F) == 0;
}

static PyObject *joined(const struct media *train, int count)
{
    const struct media *last = train + count - 1;
    Py_ssize_t size = train->size;
    for (int i = 1; i < count; i++)
        size += train[i].size - 2;
    PyObject *payload = PyBytes_FromStringAndSize(NULL, size);
    if (payload == NULL)
        return NULL;
    unsigned char *at = (unsigned char *)PyBytes_AsString(payload);
    memcpy(at, train->payload, train->size);
    if (count > 1)
        at[1] |= last->payload[1] & FU_END;
    at += train->size;
    for (int i = 1; i < count; i++) {
        memcpy(at, train[i].payload + 2, train[i].size - 2);
        at += train[i].size - 2;
    }
    return Py_BuildValue("IIIINNi", train->payload_type, train->sequence, train->timestamp,
                         train->ssrc, PyBool_FromLong(last->is_marked), payload, count);
}

static int append(PyObject *list, PyObject *item)
{
    int failed = item == NULL ? -1 : PyList_Append(list, item);
    Py_XDECREF(item);
    return failed;
}

PyDoc_STRVAR(gather_doc,
"gather(packets, payload_type) -> list of fields of RtpPacket, None for what is no packet\n\n"
"Read plain packets; neighbours of that payload type that are fragments of one NAL unit become\n"
"one, whose last field says how many they were.");

static PyObject *native_gather(PyObject *self, PyObject *arguments)
{
    PyObject *packets;
    unsigned int payload_type;
    struct media train[PACKETS];
    int count = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!I", &PyList_Type, &packets, &payload_type))
        return NULL;
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found != NULL && i < PyList_Size(packets); i++) {
        char *data;
        Py_ssize_t size;
        struct media next;
        if (PyBytes_AsStringAndSize(PyList_GetItem(packets, i), &data, &size) < 0)
            goto failed;
        int is_packet = read_media((unsigned char *)data, size, &next) == 0;
        if (count > 0 && !(is_packet && count < PACKETS && goes_on(&train[count - 1], &next))) {
            if (append(found, joined(train, count)) < 0)
                goto failed;
            count = 0;
        }
        if (!is_packet) {
            if (PyList_Append(found, Py_None) < 0)
                goto failed;
            continue;
        }
        train[count++] = next;
        if (next.payload_type == payload_type && is_fragment(&next))
            continue;
        if (append(found, joined(train, count)) < 0)
            goto failed;
        count = 0;
    }
    if (found == NULL || count == 0 || append(found, joined(train, count)) == 0)
        return found;
failed:
    Py_XDECREF(found);
    return NULL;
}

#define SLOTS 64
#define SLOT_BYTES 65536 /* what the kernel may have joined */

static unsigned char slots[SLOTS][SLOT_BYTES];
static struct mmsghdr arrivals[SLOTS];
static struct iovec places[SLOTS];
static unsigned char senders[SLOTS][28];
static union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
} notes[SLOTS];

static Py_ssize_t stride_of(const struct mmsghdr *arrival)
{
    struct msghdr *header = (struct msghdr *)&arrival->msg_hdr;
    for (struct cmsghdr *note = CMSG_FIRSTHDR(header); note; note = CMSG_NXTHDR(header, note)) {
        int size;
        if (note->cmsg_level == SOL_UDP && note->cmsg_type == UDP_GRO) {
            memcpy(&size, CMSG_DATA(note), sizeof size);
            return size > 0 ? size : (Py_ssize_t)arrival->msg_len;
        }
    }
    return arrival->msg_len;
}

/* How many arrivals from `first` on are one block: of one sender, all but the last datagram
 * equally long. */
static int end_of_block(int first, int count, Py_ssize_t stride)
{
    const struct msghdr *head = &arrivals[first].msg_hdr;
    int end = first + 1;
    while (stride > 0 && end < count && arrivals[end - 1].msg_len % stride == 0) {
        const struct msghdr *next = &arrivals[end].msg_hdr;
        Py_ssize_t size = arrivals[end].msg_len, own = stride_of(&arrivals[end]);
        if (next->msg_namelen != head->msg_namelen || size == 0 ||
            memcmp(next->msg_name, head->msg_name, head->msg_namelen) != 0 ||
            (own != stride && !(own == size && size < stride)))
            break;
        end++;
    }
    return end;
}

static PyObject *block_of(int first, int end, Py_ssize_t stride)
{
    Py_ssize_t total = 0;
    for (int i = first; i < end; i++)
        total += arrivals[i].msg_len;
    PyObject *data = PyByteArray_FromStringAndSize(NULL, total);
    if (data == NULL)
        return NULL;
    char *at = PyByteArray_AsString(data);
    for (int i = first; i < end; i++) {
        memcpy(at, slots[i], arrivals[i].msg_len);
        at += arrivals[i].msg_len;
    }
    const struct msghdr *head = &arrivals[first].msg_hdr;
    return Py_BuildValue("y#nN", head->msg_name, (Py_ssize_t)head->msg_namelen, stride, data);
}

PyDoc_STRVAR(receive_doc,
"receive(fd) -> list of (sender, stride, datagrams), or None when nothing is there\n\n"
"Read what a UDP socket has, up to a bound. Neighbours of one sender are joined where all but the\n"
"last are equally long, as the kernel does; `sender` is a raw socket address.");

static PyObject *native_receive(PyObject *self, PyObject *arguments)
{
    int fd;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "i", &fd))
        return NULL;
    for (int i = 0; i < SLOTS; i++) {
        struct msghdr *header = &arrivals[i].msg_hdr;
        places[i].iov_base = slots[i];
        places[i].iov_len = SLOT_BYTES;
        header->msg_iov = &places[i];
        header->msg_iovlen = 1;
        header->msg_name = senders[i];
        header->msg_namelen = sizeof senders[i];
        header->msg_control = notes[i].bytes;
        header->msg_controllen = sizeof notes[i].bytes;
        header->msg_flags = 0;
    }
    int count = recvmmsg(fd, arrivals, SLOTS, MSG_DONTWAIT, NULL);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        Py_RETURN_NONE;
    PyObject *blocks = PyList_New(0);
    for (int first = 0, end; blocks != NULL && first < count; first = end) {
        Py_ssize_t stride = stride_of(&arrivals[first]);
        end = end_of_block(first, count, stride);
        PyObject *block = block_of(first, end, stride);
        if (block == NULL || PyList_Append(blocks, block) < 0)
            Py_CLEAR(blocks);
        Py_XDECREF(block);
    }
    return blocks;
}

static PyMethodDef methods[] = {
    {"receive", native_receive, METH_VARARGS, receive_doc},
    {"send", native_send, METH_VARARGS, send_doc},
    {"open", native_open, METH_VARARGS, open_doc},
    {"gather", native_gather, METH_VARARGS, gather_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_native", "libsrtp and sendmmsg over batches.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&module);
}
