// Makes merkle.json, the vectors of tests/suite/snapshots.rs, with OpenZeppelin's own package.
//
//     npm install @openzeppelin/merkle-tree@1.0.8      in a folder outside this repository, with a copy of this file
//     node make_merkle.mjs > merkle.json               same bytes every time
//
// The large case holds no values: entry i of it is [last 20 bytes of keccak256("portage/vector/i"), i^2 10^18 + i].
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { keccak256 } from 'ethereum-cryptography/keccak';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from 'ethereum-cryptography/utils';

const hash = (text) => bytesToHex(keccak256(utf8ToBytes(text)));
const address = (text) => '0x' + hash(text).slice(24);
const amount = (i) => (BigInt(i) ** 2n * 10n ** 18n + BigInt(i)).toString();
const rows = (count, row) => Array.from({ length: count }, (_, i) => row(i));

const PAIR = ['address', 'uint256'];
const ENTRY = ['address', 'address', 'int24', 'int24', 'uint256'];
// Of 256 bits and fewer, entry by entry.
const balances = (count) => rows(count, (i) => [address(`${count}/${i}`), (BigInt('0x' + hash(`amount ${i}`)) >> BigInt(25 * i)).toString()]);
const positions = rows(7, (i) => [
  address(`owner ${i}`), address(`pool ${i % 2}`), String(i % 2 ? -887220 + i : 0), String(i % 2 ? 60 * i : 0), amount(i),
]);

const small = [
  ...[1, 2, 3, 7, 10].map((count) => [PAIR, balances(count)]),
  [ENTRY, positions],
  [PAIR, [balances(3)[0], balances(3)[1], balances(3)[0]]], // two equal entries
].map(([types, values]) => {
  const tree = StandardMerkleTree.of(values, types);
  return { dump: tree.dump(), root: tree.root, proofs: values.map((_, i) => tree.getProof(i)) };
});

const count = 1000;
const tree = StandardMerkleTree.of(rows(count, (i) => [address(`portage/vector/${i}`), amount(i)]), PAIR);
const nodes = tree.dump().tree.map((node) => hexToBytes(node.slice(2)));
const proofs = [0, 1, 499, 998, 999].map((entry) => ({ entry, proof: tree.getProof(entry) }));
const large = { count, root: tree.root, keccak256_of_all_nodes: '0x' + bytesToHex(keccak256(concatBytes(...nodes))), proofs };

console.log(JSON.stringify({ origin: '@openzeppelin/merkle-tree 1.0.8, made by make_merkle.mjs', small, large }, null, 1));
