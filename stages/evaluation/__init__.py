"""What a trained model is worth: errors, classifiers on few labels, samples, summaries."""
