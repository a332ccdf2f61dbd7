/* SPDX-License-Identifier: MIT */
/*
 * gvnc-ear PORT BYTES: what a client with gtk-vnc's library, such as virt-viewer, hears; so many
 * bytes of samples, or a few more, on standard output.
 */
#include <gvnc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef GObject Ear;
typedef GObjectClass EarClass;

static size_t n_wanted, n_heard;

static void fill_interface(gpointer interface, gpointer data);
GType ear_get_type(void);

G_DEFINE_TYPE_WITH_CODE(Ear, ear, G_TYPE_OBJECT,
			G_IMPLEMENT_INTERFACE(VNC_TYPE_AUDIO, fill_interface))

static gboolean on_start(VncAudio *, VncAudioFormat *)
{
	return TRUE;
}

static gboolean on_stop(VncAudio *)
{
	return TRUE;
}

static gboolean on_data(VncAudio *, VncAudioSample *sample)
{
	if (fwrite(sample->data, 1, sample->length, stdout) != sample->length)
		return FALSE;
	n_heard += sample->length;
	if (n_heard < n_wanted)
		return TRUE;
	fflush(stdout);
	_Exit(EXIT_SUCCESS);
}

static void fill_interface(gpointer interface, gpointer)
{
	VncAudioInterface *audio = interface;

	audio->playback_start = on_start;
	audio->playback_stop = on_stop;
	audio->playback_data = on_data;
}

static void ear_class_init(EarClass *)
{
}

static void ear_init(Ear *)
{
}

/* -------- the client -------- */

static void on_choose_auth(VncConnection *connection, GValueArray *, gpointer)
{
	vnc_connection_set_auth_type(connection, VNC_CONNECTION_AUTH_NONE);
}

/* It fails until the server has said that it has audio. */
static gboolean enable(gpointer connection)
{
	return vnc_connection_audio_enable(connection) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void on_initialized(VncConnection *connection, gpointer ear)
{
	gint32 encodings[] = {VNC_CONNECTION_ENCODING_RAW, VNC_CONNECTION_ENCODING_AUDIO};
	VncAudioFormat format = {
		.format = VNC_AUDIO_FORMAT_RAW_S16,
		.nchannels = 2,
		.frequency = 48000,
	};

	vnc_connection_set_encodings(connection, 2, encodings);
	vnc_connection_set_audio_format(connection, &format);
	vnc_connection_set_audio(connection, ear);
	g_timeout_add(200, enable, connection);
}

static void on_disconnected(VncConnection *, gpointer)
{
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	VncConnection *connection = vnc_connection_new();
	GObject *ear = g_object_new(ear_get_type(), NULL);

	if (argc != 3)
		return EXIT_FAILURE;
	n_wanted = strtoul(argv[2], NULL, 10);
	g_signal_connect(connection, "vnc-auth-choose-type", G_CALLBACK(on_choose_auth), NULL);
	g_signal_connect(connection, "vnc-initialized", G_CALLBACK(on_initialized), ear);
	g_signal_connect(connection, "vnc-disconnected", G_CALLBACK(on_disconnected), NULL);
	if (!vnc_connection_open_host(connection, "127.0.0.1", argv[1]))
		return EXIT_FAILURE;
	g_main_loop_run(loop);
}
