// Package patientkafka is the Kafka receiver of collector 0.148, with a consumer behind it that closes the way in which that
// receiver stops reading:
//
// A partition may be taken from a gateway while a message of it is on its way: another gateway joins, a broker is away for a
// moment. The receiver then cancels the message, takes that for a failure of it and pauses the partition. Nothing ends the
// pause. When the partition comes back to the same gateway, nobody reads it until that gateway is started again.
//
// Here a message that was begun is carried on until it is stored, and what fails for now is tried until it succeeds. Only
// the end of the collector cancels it; it is not committed then.
package patientkafka

import (
	"context"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kafkareceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/zap"
)

const (
	firstDelay   = 200 * time.Millisecond
	longestDelay = 5 * time.Second
)

// NewFactory makes the receiver patient_kafka, for logs. Its configuration is that of the receiver kafka.
func NewFactory() receiver.Factory {
	inner := kafkareceiver.NewFactory()
	return receiver.NewFactory(
		component.MustNewType("patient_kafka"),
		inner.CreateDefaultConfig,
		receiver.WithLogs(
			func(ctx context.Context, settings receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
				// A factory refuses the name of another.
				settings.ID = component.NewIDWithName(inner.Type(), settings.ID.Name())
				patient := newPatientConsumer(next, settings.Logger)
				logs, err := inner.CreateLogs(ctx, settings, cfg, patient)
				if err != nil {
					return nil, err
				}
				return &patientReceiver{Logs: logs, patient: patient}, nil
			},
			component.StabilityLevelBeta,
		),
	)
}

type patientReceiver struct {
	receiver.Logs
	patient *patientConsumer
}

// Shutdown cancels what is on its way first: the receiver would wait for it.
func (r *patientReceiver) Shutdown(ctx context.Context) error {
	r.patient.end()
	return r.Logs.Shutdown(ctx)
}

type patientConsumer struct {
	next   consumer.Logs
	logger *zap.Logger
	// Done when the collector ends.
	life context.Context
	end  context.CancelFunc
}

func newPatientConsumer(next consumer.Logs, logger *zap.Logger) *patientConsumer {
	life, end := context.WithCancel(context.Background())
	return &patientConsumer{next: next, logger: logger, life: life, end: end}
}

// Capabilities says that what is given is left as it is: a try has a copy.
func (*patientConsumer) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// ConsumeLogs answers when the logs are stored, cannot be, or the collector ends.
func (p *patientConsumer) ConsumeLogs(ctx context.Context, logs plog.Logs) error {
	// What it was called with (metadata, trace) without its end.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()

	for delay := firstDelay; ; delay = min(2*delay, longestDelay) {
		err := p.try(ctx, logs)
		if err == nil || p.life.Err() == nil && consumererror.IsPermanent(err) {
			return err
		}
		if p.life.Err() != nil {
			// Whatever it was, it may be that it was cancelled: never a reason to give the message up.
			return p.life.Err()
		}
		p.logger.Warn("a message is not stored yet, and is tried again", zap.Error(err), zap.Duration("delay", delay))
		select {
		case <-p.life.Done():
			return p.life.Err()
		case <-time.After(delay):
		}
	}
}

func (p *patientConsumer) try(ctx context.Context, logs plog.Logs) error {
	if !p.next.Capabilities().MutatesData {
		return p.next.ConsumeLogs(ctx, logs)
	}
	// The pipeline makes documents of it, which are no records for a second try.
	tried := plog.NewLogs()
	logs.CopyTo(tried)
	return p.next.ConsumeLogs(ctx, tried)
}
