package patientkafka

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"
)

// A pipeline whose answers a test gives.
type pipeline struct {
	calls  chan plog.Logs
	answer chan error
	// What it answers when it is cancelled.
	cancelled error
}

func newPipeline() *pipeline {
	return &pipeline{calls: make(chan plog.Logs, 10), answer: make(chan error), cancelled: context.Canceled}
}

func (*pipeline) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

func (p *pipeline) ConsumeLogs(ctx context.Context, logs plog.Logs) error {
	seen := plog.NewLogs()
	logs.CopyTo(seen)
	p.calls <- seen
	// As a transform does.
	logs.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		return p.cancelled
	}
}

func makeLogs() plog.Logs {
	logs := plog.NewLogs()
	logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr("hello")
	return logs
}

// begin has a message consumed; the channel gives the answer.
func begin(ctx context.Context, patient *patientConsumer) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- patient.ConsumeLogs(ctx, makeLogs()) }()
	return ended
}

func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: not within 10 s", what)
		panic("unreachable")
	}
}

func TestAMessageIsCarriedOnWhenItsPartitionIsLost(t *testing.T) {
	next := newPipeline()
	patient := newPatientConsumer(next, zap.NewNop())
	partition, lose := context.WithCancel(context.Background())
	ended := begin(partition, patient)
	receive(t, "the call", next.calls)
	lose()
	select {
	case err := <-ended:
		t.Fatalf("it ended with the partition: %v", err)
	case next.answer <- nil:
	}
	if err := receive(t, "the end", ended); err != nil {
		t.Fatalf("got %v", err)
	}
}

func TestAFailureForNowIsTriedAgainWithTheSameRecords(t *testing.T) {
	next := newPipeline()
	partition, lose := context.WithCancel(context.Background())
	ended := begin(partition, newPatientConsumer(next, zap.NewNop()))
	receive(t, "the first call", next.calls)
	// Also between two tries.
	lose()
	next.answer <- errors.New("memory is short")
	if again := receive(t, "the second call", next.calls); again.LogRecordCount() != 1 {
		t.Fatalf("%d records at the second try", again.LogRecordCount())
	}
	next.answer <- nil
	if err := receive(t, "the end", ended); err != nil {
		t.Fatalf("got %v", err)
	}
}

func TestAFailureForGoodIsSaidAtOnce(t *testing.T) {
	next := newPipeline()
	ended := begin(context.Background(), newPatientConsumer(next, zap.NewNop()))
	receive(t, "the call", next.calls)
	next.answer <- consumererror.NewPermanent(errors.New("not OTLP"))
	if err := receive(t, "the end", ended); !consumererror.IsPermanent(err) {
		t.Fatalf("got %v", err)
	}
}

func TestTheEndOfTheCollectorIsNoReasonToGiveUpAMessage(t *testing.T) {
	next := newPipeline()
	// A pipeline may say in its own way that it was cancelled.
	next.cancelled = consumererror.NewPermanent(errors.New("cancelled"))
	patient := newPatientConsumer(next, zap.NewNop())
	carried := begin(context.Background(), patient)
	receive(t, "the call", next.calls)
	waiting := begin(context.Background(), patient)
	receive(t, "the other's call", next.calls)
	next.answer <- errors.New("memory is short")
	patient.end()
	for _, ended := range []<-chan error{carried, waiting} {
		if err := receive(t, "the end", ended); err == nil || consumererror.IsPermanent(err) {
			t.Fatalf("got %v: it would be committed", err)
		}
	}
}

func TestItIsTheReceiverKafka(t *testing.T) {
	factory := NewFactory()
	if factory.Type().String() != "patient_kafka" || factory.CreateDefaultConfig() == nil {
		t.Fatal("the factory is not whole")
	}
}
