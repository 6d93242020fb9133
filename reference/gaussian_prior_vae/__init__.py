"""The variational autoencoder with a standard Gaussian prior of "Exemplar VAE" (Norouzi, Fleet and
Norouzi, NeurIPS 2020): its test log-likelihood on binarised Fashion-MNIST, reproduced.
"""
