package patientstorage

import (
	"fmt"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"golang.org/x/sys/unix"
)

const (
	mostReserveBytes = 64 << 20
	reserveShare     = 20
	// bbolt never writes over what is valid. Storing or deleting an item copies its neighbours, which it merges with and
	// splits from: up to four of them in one operation; two more for what is not in one piece.
	copies = 6
)

// disk is the one on which a folder is.
type disk struct {
	folder       string
	reserveBytes uint64
	stat         func(folder string) (freeBytes, sizeBytes uint64, err error)
}

func newDisk(folder string, reserveBytes uint64) disk {
	return disk{folder: folder, reserveBytes: reserveBytes, stat: statDisk}
}

// checkRoom says whether a new item leaves enough for what has to be written later, where the largest item has so many
// bytes. A disk that cannot be asked has room: the write will tell.
func (d disk) checkRoom(largestBytes uint64) error {
	free, size, err := d.stat(d.folder)
	if err != nil {
		return nil
	}
	reserve := d.reserveBytes
	if reserve == 0 {
		reserve = min(size/reserveShare, mostReserveBytes)
	}
	if need := reserve + copies*largestBytes; free < need {
		return fmt.Errorf("%w: %d of %d bytes are free, %d are needed", storage.ErrStorageFull, free, size, need)
	}
	return nil
}

func statDisk(folder string) (freeBytes, sizeBytes uint64, err error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, 0, err
	}
	block := uint64(stat.Bsize)
	return stat.Bavail * block, stat.Blocks * block, nil
}
