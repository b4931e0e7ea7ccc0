package patientstorage

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

const mark = "qmv0"

// memory is a storage that can be made to fail.
type memory struct {
	mu     sync.Mutex
	data   map[string]string
	fail   error
	tries  int
	writes int
}

func (m *memory) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := m.Batch(ctx, op)
	return op.Value, err
}

func (m *memory) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}

func (m *memory) Batch(_ context.Context, ops ...*storage.Operation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries++
	changes := has(ops, storage.Set) || has(ops, storage.Delete)
	if changes && m.fail != nil {
		return m.fail
	}
	if changes {
		m.writes++
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			m.data[op.Key] = string(op.Value)
		case storage.Delete:
			delete(m.data, op.Key)
		case storage.Get:
			op.Value = nil
			if value, ok := m.data[op.Key]; ok {
				op.Value = []byte(value)
			}
		}
	}
	return nil
}

func (m *memory) Close(context.Context) error { return nil }

func (m *memory) set(fail error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

func (m *memory) count() (tries, writes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tries, m.writes
}

func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.data))
}

func roomOf(free uint64) disk {
	return disk{stat: func(string) (uint64, uint64, error) { return free, 1000, nil }}
}

var errFull = errors.New("no space left on device")

func setUp(free uint64, data map[string]string) (*memory, *client) {
	inner := &memory{data: data}
	return inner, newClient(inner, roomOf(free), zap.NewNop())
}

func put(key, value string) []*storage.Operation {
	return []*storage.Operation{storage.SetOperation(mark, []byte("put "+key)), storage.SetOperation(key, []byte(value))}
}

func read(key string) []*storage.Operation {
	return []*storage.Operation{storage.SetOperation(mark, []byte("read "+key)), storage.GetOperation(key)}
}

func expectKeys(t *testing.T, inner *memory, keys ...string) {
	t.Helper()
	if got := inner.keys(); !slices.Equal(got, keys) {
		t.Fatalf("the storage has %v, not %v", got, keys)
	}
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

func TestStartIsOneTransaction(t *testing.T) {
	inner, c := setUp(1000, map[string]string{mark: "old", "1": "a", "2": "b"})
	ctx := t.Context()
	get := []*storage.Operation{storage.GetOperation("1"), storage.GetOperation("2")}
	steps := [][]*storage.Operation{
		get,
		{storage.DeleteOperation("1"), storage.DeleteOperation("2")},
		put("3", "a"),
		put("4", "b"),
	}
	for _, ops := range steps {
		if err := c.Batch(ctx, ops...); err != nil {
			t.Fatal(err)
		}
	}
	if string(get[0].Value) != "a" || string(get[1].Value) != "b" {
		t.Fatalf("read %q and %q", get[0].Value, get[1].Value)
	}
	if _, writes := inner.count(); writes != 0 {
		t.Fatalf("%d transactions before the start was over", writes)
	}
	if value, _ := c.Get(ctx, mark); string(value) != "put 4" {
		t.Fatalf("the mark is %q", value)
	}
	if value, _ := c.Get(ctx, "1"); value != nil {
		t.Fatalf("a deleted item is %q", value)
	}
	expectKeys(t, inner, "1", "2", mark)
	if err := c.endStart(); err != nil {
		t.Fatal(err)
	}
	expectKeys(t, inner, "3", "4", mark)
	if _, writes := inner.count(); writes != 1 {
		t.Fatalf("%d transactions", writes)
	}
}

func TestFirstReadEndsTheStart(t *testing.T) {
	inner, c := setUp(1000, map[string]string{"1": "a"})
	start := [][]*storage.Operation{{storage.GetOperation("1")}, {storage.DeleteOperation("1")}, put("2", "a")}
	for _, ops := range start {
		if err := c.Batch(t.Context(), ops...); err != nil {
			t.Fatal(err)
		}
	}
	ops := read("2")
	if err := c.Batch(t.Context(), ops...); err != nil {
		t.Fatal(err)
	}
	if string(ops[1].Value) != "a" {
		t.Fatalf("read %q", ops[1].Value)
	}
	expectKeys(t, inner, "2", mark)
}

func TestStartOfAnEmptyQueueHoldsNothing(t *testing.T) {
	inner, c := setUp(1000, map[string]string{})
	if _, err := c.Get(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	if err := c.Batch(t.Context(), put("1", "a")...); err != nil {
		t.Fatal(err)
	}
	expectKeys(t, inner, "1", mark)
}

func TestNewItemIsRefusedAtOnceWhereItCannotBeWritten(t *testing.T) {
	inner, c := setUp(1000, map[string]string{})
	inner.set(errFull)
	if err := c.Batch(t.Context(), put("1", "a")...); !errors.Is(err, errFull) {
		t.Fatalf("error %v", err)
	}
	if tries, _ := inner.count(); tries != 1 {
		t.Fatalf("%d tries", tries)
	}
}

func TestNewItemLeavesTheReserve(t *testing.T) {
	// A disk of 1,000: a reserve of 50, and six times the largest item.
	for _, test := range []struct {
		free  uint64
		taken bool
	}{{110, true}, {109, false}, {0, false}} {
		_, c := setUp(1000, map[string]string{})
		if err := c.Batch(t.Context(), put("1", "first")...); err != nil {
			t.Fatal(err)
		}
		c.disk = roomOf(test.free)
		err := c.Batch(t.Context(), put("2", "0123456789")...)
		if taken := err == nil; taken != test.taken {
			t.Errorf("%d free: %v", test.free, err)
		}
		if err != nil && !errors.Is(err, storage.ErrStorageFull) {
			t.Errorf("error %v", err)
		}
		if err := c.Batch(t.Context(), storage.SetOperation(mark, []byte("m")), storage.DeleteOperation("1")); err != nil {
			t.Errorf("a mark with %d free: %v", test.free, err)
		}
	}
}

func TestLargestItemDecides(t *testing.T) {
	inner, c := setUp(1000, map[string]string{"1": "0123456789"})
	for _, ops := range [][]*storage.Operation{read("1"), put("2", "a")} {
		if err := c.Batch(t.Context(), ops...); err != nil {
			t.Fatal(err)
		}
	}
	c.disk = roomOf(109)
	if err := c.Batch(t.Context(), put("3", "b")...); !errors.Is(err, storage.ErrStorageFull) {
		t.Fatalf("error %v", err)
	}
	expectKeys(t, inner, "1", "2", mark)
}

func TestEmptyQueueHasRoomInItsFile(t *testing.T) {
	inner, c := setUp(0, map[string]string{})
	for _, ops := range [][]*storage.Operation{put("1", "a"), {storage.DeleteOperation("1")}, put("2", "b")} {
		if err := c.Batch(t.Context(), ops...); err != nil {
			t.Fatal(err)
		}
	}
	expectKeys(t, inner, "2", mark)
	if err := c.Batch(t.Context(), put("3", "c")...); !errors.Is(err, storage.ErrStorageFull) {
		t.Fatalf("error %v", err)
	}
}

func TestDiskThatCannotBeAskedHasRoom(t *testing.T) {
	_, c := setUp(0, map[string]string{})
	c.disk.stat = func(string) (uint64, uint64, error) { return 0, 0, errors.New("no such folder") }
	if err := c.Batch(t.Context(), put("1", "a")...); err != nil {
		t.Fatal(err)
	}
}

func TestReadWaitsForRoom(t *testing.T) {
	inner, c := setUp(1000, map[string]string{"1": "a"})
	inner.set(errFull)
	ops := read("1")
	done := make(chan error, 1)
	go func() { done <- c.Batch(t.Context(), ops...) }()
	eventually(t, "three tries", func() bool {
		tries, _ := inner.count()
		return tries >= 3
	})
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	inner.set(nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if string(ops[1].Value) != "a" {
		t.Fatalf("read %q", ops[1].Value)
	}
}

func TestEndFreezesWhatWaits(t *testing.T) {
	inner, c := setUp(1000, map[string]string{mark: "before", "1": "a"})
	inner.set(errFull)
	done := make(chan error, 1)
	go func() { done <- c.Batch(t.Context(), read("1")...) }()
	eventually(t, "a try", func() bool {
		tries, _ := inner.count()
		return tries >= 1
	})
	c.endWaits()
	c.endWaits()
	if err := <-done; !errors.Is(err, errEnding) || !errors.Is(err, errFull) {
		t.Fatalf("error %v", err)
	}
	// Room again, too late: what was given up must still be to be done after the next start.
	inner.set(nil)
	for _, ops := range [][]*storage.Operation{read("1"), {storage.DeleteOperation("1")}, put("2", "b")} {
		if err := c.Batch(t.Context(), ops...); !errors.Is(err, errEnding) {
			t.Fatalf("error %v", err)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectKeys(t, inner, "1", mark)
	if inner.data[mark] != "before" {
		t.Fatalf("the mark is %q", inner.data[mark])
	}
}

func TestEndWithoutAWaitWritesOn(t *testing.T) {
	inner, c := setUp(1000, map[string]string{"1": "a"})
	c.endWaits()
	if err := c.Batch(t.Context(), storage.DeleteOperation("1")); err != nil {
		t.Fatal(err)
	}
	expectKeys(t, inner)
}

func TestCloseBeforeTheFirstReadKeepsTheStart(t *testing.T) {
	inner, c := setUp(1000, map[string]string{"1": "a"})
	for _, ops := range [][]*storage.Operation{{storage.GetOperation("1")}, {storage.DeleteOperation("1")}, put("2", "a")} {
		if err := c.Batch(t.Context(), ops...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	expectKeys(t, inner, "2", mark)
}

func TestConfig(t *testing.T) {
	cfg := NewFactory().CreateDefaultConfig().(*Config)
	if err := cfg.Validate(); err == nil {
		t.Fatal("a configuration without a storage passed")
	}
	if err := cfg.Storage.UnmarshalText([]byte("file_storage")); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err == nil {
		t.Fatal("a configuration without a folder passed")
	}
	cfg.Directory = t.TempDir()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := newDisk(cfg.Directory, 1).checkRoom(1); err != nil {
		t.Fatal(err)
	}
	if err := newDisk(cfg.Directory, 1<<62).checkRoom(1); !errors.Is(err, storage.ErrStorageFull) {
		t.Fatalf("error %v", err)
	}
}
