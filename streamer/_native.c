/* The inner loop of egress and ingest, as a module. Optional: Python does the same where it was
 * not built. It links to nothing; the addresses of libsrtp's functions come from pylibsrtp's
 * binding. The GIL is held throughout, so the buffers can be static.
 */
#include "_native.h"

static PyMethodDef methods[] = {
    {"receive", native_receive, METH_VARARGS, native_receive_doc},
    {"send", native_send, METH_VARARGS, native_send_doc},
    {"open", native_open, METH_VARARGS, native_open_doc},
    {"gather", native_gather, METH_VARARGS, native_gather_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_native", "libsrtp and sendmmsg over batches.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddIntConstant(made, "WAY_BYTES", sizeof(struct way)) < 0)
        Py_CLEAR(made);
    return made;
}
