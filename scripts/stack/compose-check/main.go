// Loads compose files as `docker compose` does - merge, interpolate, check against the schema, apply profiles - and
// prints what they come to as JSON, extensions (x-...) included.
//
//	compose-check [-env-file FILE] [-profile NAME ...] FILE ...
//
// Without -profile those of COMPOSE_PROFILES are on. A variable that is neither set nor has a default, and all else that compose would warn of, is an error.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v4"
)

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// Warnings that the loader wrote.
type warnings struct{ lines []string }

func (w *warnings) Levels() []logrus.Level {
	return []logrus.Level{logrus.WarnLevel, logrus.ErrorLevel}
}

func (w *warnings) Fire(entry *logrus.Entry) error {
	w.lines = append(w.lines, entry.Message)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var profiles, envFiles list
	flag.Var(&profiles, "profile", "profile that is on")
	flag.Var(&envFiles, "env-file", "file with variables, as .env")
	flag.Parse()
	if flag.NArg() == 0 {
		return fmt.Errorf("no compose file is named")
	}
	warned := &warnings{}
	logrus.AddHook(warned)

	options, err := cli.NewProjectOptions(
		flag.Args(),
		// The file's variables go before those of this process, of which there should be none but PATH.
		cli.WithOsEnv,
		cli.WithEnvFiles(envFiles...),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(profiles...),
		cli.WithName("barbossa"),
	)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	if err := project.CheckContainerNameUnicity(); err != nil {
		return err
	}
	if len(warned.lines) > 0 {
		return fmt.Errorf("%s", strings.Join(warned.lines, "\n"))
	}

	// Not MarshalJSON, which leaves extensions out.
	text, err := project.MarshalYAML()
	if err != nil {
		return err
	}
	var model any
	if err := yaml.Unmarshal(text, &model); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(model)
}
