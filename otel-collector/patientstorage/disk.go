package patientstorage

import (
	"fmt"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"golang.org/x/sys/unix"
)

const (
	mostReserveBytes = 64 << 20
	reserveShare     = 20
	// Storing an item, and deleting it later, copies the page in which it stands together with its neighbours.
	copies = 3
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

// checkRoom says whether a new item leaves the reserve untouched. A disk that cannot be asked has room: the write will tell.
func (d disk) checkRoom(itemBytes uint64) error {
	free, size, err := d.stat(d.folder)
	if err != nil {
		return nil
	}
	reserve := d.reserveBytes
	if reserve == 0 {
		reserve = min(size/reserveShare, mostReserveBytes)
	}
	if need := reserve + copies*itemBytes; free < need {
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
