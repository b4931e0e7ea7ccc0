package patientstorage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
	logEvery   = 30 * time.Second
)

var errEnding = errors.New("the collector ends; what is on the disk is read again at its next start")

// client stands between a queue and its storage. The queue calls it under a lock of its own, one operation at a time.
type client struct {
	inner  storage.Client
	disk   disk
	logger *zap.Logger
	// ending is closed when no operation may wait any more.
	ending chan struct{}

	mu sync.Mutex
	// holding says that the queue takes up what was on its way when it ended: it fetches those items, deletes them and
	// puts each in again.
	holding bool
	// held are these operations, in order, still to be carried out.
	held []*storage.Operation
	// live are the keys of the items that were put in since the start and are still there.
	live map[string]struct{}
	// largestBytes is the length of the largest item seen.
	largestBytes uint64
	// frozen says that an operation was given up: from then on nothing is written, so that the disk keeps the state in
	// which that operation and all later ones are still to be done.
	frozen bool
	ended  sync.Once
	// refusedAt is when it was last said that new items are refused.
	refusedAt time.Time
}

func newClient(inner storage.Client, room disk, logger *zap.Logger) *client {
	return &client{inner: inner, disk: room, logger: logger, ending: make(chan struct{}), live: map[string]struct{}{}}
}

func (c *client) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

func (c *client) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c *client) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

// Batch carries the operations out, all or none. A new item is refused where it cannot be written; anything else waits.
func (c *client) Batch(ctx context.Context, ops ...*storage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		return errEnding
	}
	c.holding = c.holding || isFetch(ops)
	if c.holding {
		if !isRead(ops) {
			return c.hold(ctx, ops)
		}
		// The first read: the consumers run, so the queue's own start is over.
		if err := c.writeHeld(ctx); err != nil {
			return err
		}
	}
	write := c.insist
	if sizeOfItem(ops) > 0 {
		write = c.put
	}
	err := write(ctx, ops)
	if err == nil {
		c.follow(ops)
	}
	return err
}

func (c *client) Close(ctx context.Context) error {
	// A queue that is closed before its first read has its start on the disk too.
	err := c.endStart()
	return errors.Join(err, c.inner.Close(ctx))
}

// endStart writes down what the queue did at its start. What fails is logged, and tried again with the first read.
func (c *client) endStart() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.holding || c.frozen {
		return nil
	}
	return c.writeHeld(context.Background())
}

// endWaits makes operations that wait give up, now and later.
func (c *client) endWaits() {
	c.ended.Do(func() { close(c.ending) })
}

// hold answers from the storage and from what is held, and holds what would change something.
func (c *client) hold(ctx context.Context, ops []*storage.Operation) error {
	for _, op := range ops {
		if op.Type != storage.Get {
			c.held = append(c.held, op)
			continue
		}
		if at := c.findHeld(op.Key); at != nil {
			op.Value = at.Value
			continue
		}
		if err := c.inner.Batch(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) findHeld(key string) *storage.Operation {
	for at := len(c.held) - 1; at >= 0; at-- {
		if c.held[at].Key == key {
			return c.held[at]
		}
	}
	return nil
}

func (c *client) writeHeld(ctx context.Context) error {
	if len(c.held) > 0 {
		if err := c.insist(ctx, c.held); err != nil {
			return err
		}
	}
	c.follow(c.held)
	c.held = nil
	c.holding = false
	return nil
}

func (c *client) put(ctx context.Context, ops []*storage.Operation) error {
	var err error
	// The file of an empty queue has room inside that the disk does not show.
	if len(c.live) > 0 {
		err = c.disk.checkRoom(max(c.largestBytes, sizeOfItem(ops)))
	}
	if err == nil {
		err = c.inner.Batch(ctx, ops...)
	}
	if err != nil && time.Since(c.refusedAt) > logEvery {
		c.refusedAt = time.Now()
		c.logger.Error("The queue's disk takes no new records: senders get a 503 and keep theirs", zap.Error(err))
	}
	return err
}

func (c *client) follow(ops []*storage.Operation) {
	for _, op := range ops {
		switch {
		case op.Type == storage.Set && isItem(op):
			c.live[op.Key] = struct{}{}
			c.largestBytes = max(c.largestBytes, uint64(len(op.Value)))
		case op.Type == storage.Get && isItem(op):
			c.largestBytes = max(c.largestBytes, uint64(len(op.Value)))
		case op.Type == storage.Delete:
			delete(c.live, op.Key)
		}
	}
}

// insist tries until it is done, or until the collector ends.
func (c *client) insist(ctx context.Context, ops []*storage.Operation) error {
	err := c.inner.Batch(ctx, ops...)
	if err == nil {
		return nil
	}
	c.logger.Error("The queue waits: what it has done cannot be written to its disk", zap.Error(err))
	for pause, since := firstPause, time.Now(); ; pause = min(2*pause, longPause) {
		select {
		case <-c.ending:
			c.frozen = true
			return fmt.Errorf("%w: %w", errEnding, err)
		case <-time.After(pause):
		}
		if err = c.inner.Batch(ctx, ops...); err == nil {
			c.logger.Info("The queue goes on", zap.Duration("waited", time.Since(since)))
			return nil
		}
	}
}

// isRead tells the operation by which a consumer takes the next item: it marks the item, and gets it.
func isRead(ops []*storage.Operation) bool {
	return has(ops, storage.Set) && has(ops, storage.Get)
}

// isFetch tells the operation by which a queue that starts gets the items that were on their way when it ended.
func isFetch(ops []*storage.Operation) bool {
	for _, op := range ops {
		if op.Type != storage.Get || !isItem(op) {
			return false
		}
	}
	return true
}

func has(ops []*storage.Operation, kind storage.OpType) bool {
	for _, op := range ops {
		if op.Type == kind {
			return true
		}
	}
	return false
}

// sizeOfItem is the length of the new items among the operations. An item's key is a number.
func sizeOfItem(ops []*storage.Operation) uint64 {
	var bytes uint64
	for _, op := range ops {
		if op.Type == storage.Set && isItem(op) {
			bytes += uint64(len(op.Value))
		}
	}
	return bytes
}

func isItem(op *storage.Operation) bool {
	_, err := strconv.ParseUint(op.Key, 10, 64)
	return err == nil
}
