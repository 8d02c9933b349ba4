// secp256k1, by @noble/curves. It is looked for in the folder that TALLY_NODE_MODULES names (node_modules with this folder's package-lock.json
// installed), else in the usual places.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

const from = process.env.TALLY_NODE_MODULES
const load = createRequire(from ? path.resolve(from, '..', 'package.json') : fileURLToPath(import.meta.url))

let noble = null
try {
	noble = load('@noble/curves/secp256k1')
} catch (e) {
	if (e.code !== 'MODULE_NOT_FOUND') throw e
}
export const isThere = noble !== null

const NO_RANDOMNESS = new Uint8Array(32)
const { schnorr, secp256k1 } = noble ?? {}

export const xonly = (secret) => schnorr.getPublicKey(secret)
// With 32 zero bytes where BIP340 takes fresh randomness.
export const sign = (secret, message) => schnorr.sign(message, secret, NO_RANDOMNESS)
export const verify = (key, message, signature) => schnorr.verify(signature, message, key)

// x-only sum of a key and tweak·G (BIP341).
export const tweaked = (key, tweak) => {
	const point = schnorr.utils.lift_x(BigInt('0x' + Buffer.from(key).toString('hex')))
	const sum = point.add(secp256k1.ProjectivePoint.BASE.multiply(BigInt('0x' + Buffer.from(tweak).toString('hex'))))
	return sum.toRawBytes(true).slice(1)
}
