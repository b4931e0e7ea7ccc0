// Package patientstorage lends a sending queue the client of another storage extension, and closes the three ways in
// which the queue of collector 0.148 loses what it has acknowledged:
//
//   - An item is given up where the mark that it was read cannot be written, as on a full disk. Here such an operation
//     waits until it can be carried out.
//   - The queue itself fills the disk. Here a new item is refused while the disk has little room, which the sender is
//     told with a 503, and the marks still find room.
//   - At the start, items that were on their way are deleted first and put in again one by one. Here all of that is one
//     transaction.
package patientstorage

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// Config is what stands below patient_storage in the collector's configuration.
type Config struct {
	// Storage is the extension that keeps the data.
	Storage component.ID `mapstructure:"storage"`
	// Directory is where that extension writes: its disk's room is looked at.
	Directory string `mapstructure:"directory"`
	// ReserveBytes stay free on that disk, for operations other than new items. 0, the default, is a twentieth of the
	// disk, at most 64 MiB.
	ReserveBytes uint64 `mapstructure:"reserve_bytes"`
}

// Validate says what is missing.
func (cfg *Config) Validate() error {
	if cfg.Storage == (component.ID{}) {
		return errors.New("storage is empty: the name of the extension that keeps the data, such as file_storage")
	}
	if cfg.Directory == "" {
		return errors.New("directory is empty: the folder in which that extension writes")
	}
	return nil
}

// NewFactory makes the extension patient_storage.
func NewFactory() extension.Factory {
	return extension.NewFactory(
		component.MustNewType("patient_storage"),
		func() component.Config { return &Config{} },
		func(_ context.Context, settings extension.Settings, cfg component.Config) (extension.Extension, error) {
			return &patientStorage{cfg: cfg.(*Config), logger: settings.Logger}, nil
		},
		component.StabilityLevelBeta,
	)
}

type patientStorage struct {
	cfg    *Config
	logger *zap.Logger
	inner  storage.Extension

	mu      sync.Mutex
	clients []*client
}

var (
	_ storage.Extension                     = (*patientStorage)(nil)
	_ extensioncapabilities.Dependent       = (*patientStorage)(nil)
	_ extensioncapabilities.PipelineWatcher = (*patientStorage)(nil)
)

func (p *patientStorage) Dependencies() []component.ID {
	return []component.ID{p.cfg.Storage}
}

func (p *patientStorage) Start(_ context.Context, host component.Host) error {
	found, ok := host.GetExtensions()[p.cfg.Storage]
	if !ok {
		return fmt.Errorf("there is no extension %q", p.cfg.Storage)
	}
	if p.inner, ok = found.(storage.Extension); !ok {
		return fmt.Errorf("the extension %q is not a storage", p.cfg.Storage)
	}
	return nil
}

func (p *patientStorage) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	inner, err := p.inner.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	made := newClient(inner, newDisk(p.cfg.Directory, p.cfg.ReserveBytes), p.logger.With(zap.Stringer("queue", id)))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients = append(p.clients, made)
	return made, nil
}

// Ready comes when the receivers have been started. It does not wait for the disk: the collector could not be ended then.
func (p *patientStorage) Ready() error {
	p.each(func(c *client) {
		go func() { _ = c.endStart() }()
	})
	return nil
}

// NotReady comes before the receivers are stopped.
func (p *patientStorage) NotReady() error {
	p.each((*client).endWaits)
	return nil
}

func (p *patientStorage) Shutdown(context.Context) error {
	return nil
}

func (p *patientStorage) each(call func(*client)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, made := range p.clients {
		call(made)
	}
}
