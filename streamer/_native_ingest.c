/* Ingest: datagrams by the batch from the kernel, through libsrtp, to packets whose fragments
 * are joined. The same as udp/inbox.py, passthrough.py and rtp/gathering.py do where this was
 * not built.
 */
#include "_native.h"

const char native_open_doc[] =
"open(unprotect, context, datagrams, stride) -> list of plain packets\n\n"
"Decrypt, in place, datagrams that lie `stride` bytes apart in a writable buffer; those that\n"
"libsrtp refuses are left out.";

PyObject *native_open(PyObject *self, PyObject *arguments)
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

const char native_gather_doc[] =
"gather(packets, payload_type) -> list of fields of RtpPacket, None for what is no packet\n\n"
"Read plain packets; neighbours of that payload type that are fragments of one NAL unit become\n"
"one, whose last field says how many they were.";

PyObject *native_gather(PyObject *self, PyObject *arguments)
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

const char native_receive_doc[] =
"receive(fd) -> list of (sender, stride, datagrams), or None when nothing is there\n\n"
"Read what a UDP socket has, up to a bound. Neighbours of one sender are joined where all but the\n"
"last are equally long, as the kernel does; `sender` is a raw socket address.";

PyObject *native_receive(PyObject *self, PyObject *arguments)
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
