"""Everything that proves: suites, key stores, certificates, the Merkle tree, signed notes, SD-JWT and evidence.

Pure: no database, no network, none of our other packages. Formats are the published ones, so that whatever this
package makes can be checked without it.
"""
