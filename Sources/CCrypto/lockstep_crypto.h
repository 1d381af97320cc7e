// OpenSSL's message digests (SHA-256) for the Swift module `Safetensors`, its one importer.

#ifndef LOCKSTEP_CRYPTO_H
#define LOCKSTEP_CRYPTO_H

#include <openssl/evp.h>

#endif
